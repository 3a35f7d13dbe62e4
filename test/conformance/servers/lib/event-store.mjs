/** Keeps what was sent over a session's streams, so that a client that lost one is told what it missed. */
export function createEventStore() {
  const events = [];
  return {
    storeEvent: async (streamId, message) => {
      events.push({ streamId, message });
      return String(events.length);
    },
    getStreamIdForEventId: async (id) => events[Number(id) - 1]?.streamId,
    replayEventsAfter: async (id, { send }) => {
      const { streamId } = events[Number(id) - 1] ?? {};
      for (const [index, event] of events.entries()) {
        const isReplayed = index >= Number(id) && event.streamId === streamId;
        // A priming event is empty and only there to have an id.
        if (isReplayed && Object.keys(event.message).length > 0) await send(String(index + 1), event.message);
      }
      return streamId;
    },
  };
}
