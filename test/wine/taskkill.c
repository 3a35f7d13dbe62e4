/* taskkill /PID n [/T] [/F], for Wine, whose own one knows no /T; see README.md. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <tlhelp32.h>

#define MOST_PROCESSES 4096

static DWORD pids[MOST_PROCESSES], parents[MOST_PROCESSES];
static int count;

static void read_table(void)
{
    PROCESSENTRY32 entry = { .dwSize = sizeof(entry) };
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    if (snapshot == INVALID_HANDLE_VALUE) return;
    for (BOOL more = Process32First(snapshot, &entry); more && count < MOST_PROCESSES;
         more = Process32Next(snapshot, &entry)) {
        pids[count] = entry.th32ProcessID;
        parents[count] = entry.th32ParentProcessID;
        count++;
    }
    CloseHandle(snapshot);
}

/* The children first: a parent that is gone would hide them. Returns whether the process itself was ended. */
static int end(DWORD pid, int tree)
{
    if (tree)
        for (int at = 0; at < count; at++)
            if (parents[at] == pid && pids[at] != pid && pids[at] != GetCurrentProcessId()) end(pids[at], tree);
    HANDLE process = OpenProcess(PROCESS_TERMINATE, FALSE, pid);
    if (process == NULL) return 0;
    int ended = TerminateProcess(process, 1);
    CloseHandle(process);
    return ended;
}

int main(int argc, char **argv)
{
    DWORD pid = 0;
    int tree = 0, force = 0;
    for (int at = 1; at < argc; at++) {
        if (_stricmp(argv[at], "/T") == 0) tree = 1;
        else if (_stricmp(argv[at], "/F") == 0) force = 1;
        else if (_stricmp(argv[at], "/PID") == 0 && at + 1 < argc) pid = strtoul(argv[++at], NULL, 10);
    }
    read_table();
    int known = 0;
    for (int at = 0; at < count; at++) known |= pids[at] == pid;
    if (pid == 0 || !known) {
        fprintf(stderr, "ERROR: The process \"%lu\" not found.\n", (unsigned long)pid);
        return 128;
    }
    /* Windows asks windows to close, and programs in a console have none. */
    if (!force) {
        fprintf(stderr, "ERROR: This process can only be terminated forcefully (with /F option).\n");
        return 1;
    }
    return end(pid, tree) ? 0 : 1;
}
