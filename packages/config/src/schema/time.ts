/** The longest time a timer of the engine can take, in whole seconds. */
export const longestTimerSec = 2_147_483;
