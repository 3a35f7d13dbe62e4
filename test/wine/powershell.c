/* Prints the processes as powershell.exe does for one command of ours, for Wine, which has none; see README.md. */
#include <stdio.h>
#include <windows.h>
#include <tlhelp32.h>

/* From the year 1, where .NET begins to count, to 1601, in ticks of 100 ns. */
#define FIRST_TICKS 504911232000000000ULL

static void print_process(const PROCESSENTRY32 *entry)
{
    FILETIME start, end, kernel, user;
    HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, entry->th32ProcessID);
    if (!process) return;
    if (GetProcessTimes(process, &start, &end, &kernel, &user)) {
        ULARGE_INTEGER ticks = { .LowPart = start.dwLowDateTime, .HighPart = start.dwHighDateTime };
        printf("%lu %lu 0 0 0 %llu %s\r\n", entry->th32ProcessID, entry->th32ParentProcessID,
               (unsigned long long)ticks.QuadPart + FIRST_TICKS, entry->szExeFile);
    }
    CloseHandle(process);
}

int main(void)
{
    PROCESSENTRY32 entry = { .dwSize = sizeof(entry) };
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    if (snapshot == INVALID_HANDLE_VALUE) return 1;
    for (BOOL more = Process32First(snapshot, &entry); more; more = Process32Next(snapshot, &entry))
        print_process(&entry);
    return 0;
}
