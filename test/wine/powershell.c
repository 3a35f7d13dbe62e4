/* Prints the processes as powershell.exe does for one command of ours, for Wine, which has none; see README.md. Whatever else
 * it is asked, or with a variable of ours in its environment, it refuses. Writes `asked` for each time that it was asked, or why
 * it refused, into asked.txt beside it. Sleeps before it looks for as many milliseconds as slow-ms.txt beside it says. */
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>
#include <psapi.h>
#include <tlhelp32.h>

/* From the year 1, where .NET begins to count, to 1601, in ticks of 100 ns. */
#define FIRST_TICKS 504911232000000000ULL

/* The only thing that it can do. Change it with the one that asks, and try that on a real Windows. */
static const wchar_t *const asked[] = {
    L"-NoLogo", L"-NoProfile", L"-NonInteractive", L"-Command",
    L"$ErrorActionPreference='Stop'; [Console]::OutputEncoding=[Text.Encoding]::UTF8; "
    L"Get-CimInstance Win32_Process -Property "
    L"ProcessId,ParentProcessId,WorkingSetSize,KernelModeTime,UserModeTime,CreationDate,Name"
    L" | Where-Object CreationDate | ForEach-Object { '{0} {1} {2} {3} {4} {5} {6}' -f $_.ProcessId,$_.ParentProcessId,"
    L"$_.WorkingSetSize,$_.KernelModeTime,$_.UserModeTime,$_.CreationDate.ToUniversalTime().Ticks,$_.Name }",
};
#define ASKED_COUNT (sizeof(asked) / sizeof(*asked))

static FILE *open_beside(const wchar_t *name, const wchar_t *mode)
{
    wchar_t path[MAX_PATH * 2];
    DWORD length = GetModuleFileNameW(NULL, path, MAX_PATH);
    while (length > 0 && path[length - 1] != '\\') length--;
    wcscpy(path + length, name);
    return _wfopen(path, mode);
}

static void note(const char *what, const wchar_t *more)
{
    FILE *file = open_beside(L"asked.txt", L"ab");
    if (!file) return;
    fprintf(file, "%s%ls\n", what, more);
    fclose(file);
}

static int refuse(const char *why, const wchar_t *more)
{
    note(why, more);
    fprintf(stderr, "powershell of the tests: %s%ls\n", why, more);
    return 64;
}

static unsigned long long ticks_of(FILETIME time)
{
    ULARGE_INTEGER ticks = { .LowPart = time.dwLowDateTime, .HighPart = time.dwHighDateTime };
    return ticks.QuadPart;
}

static void print_process(const PROCESSENTRY32W *entry)
{
    FILETIME start, end, kernel, user;
    PROCESS_MEMORY_COUNTERS memory = { .cb = sizeof(memory) };
    char name[MAX_PATH * 3] = "";
    HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, entry->th32ProcessID);
    if (!process) return;
    GetProcessMemoryInfo(process, &memory, sizeof(memory));
    WideCharToMultiByte(CP_UTF8, 0, entry->szExeFile, -1, name, sizeof(name), NULL, NULL);
    if (GetProcessTimes(process, &start, &end, &kernel, &user))
        printf("%lu %lu %llu %llu %llu %llu %s\r\n", entry->th32ProcessID, entry->th32ParentProcessID,
               (unsigned long long)memory.WorkingSetSize, ticks_of(kernel), ticks_of(user),
               ticks_of(start) + FIRST_TICKS, name);
    CloseHandle(process);
}

static void be_slow(void)
{
    int milliseconds = 0;
    FILE *file = open_beside(L"slow-ms.txt", L"rb");
    if (!file) return;
    if (fscanf(file, "%d", &milliseconds) == 1 && milliseconds > 0) Sleep(milliseconds);
    fclose(file);
}

int wmain(int argc, wchar_t **argv, wchar_t **environment)
{
    if (argc != ASKED_COUNT + 1) return refuse("refused a line of other length: ", GetCommandLineW());
    for (size_t at = 0; at < ASKED_COUNT; at++)
        if (wcscmp(argv[at + 1], asked[at]) != 0) return refuse("refused: ", argv[at + 1]);
    for (; *environment; environment++)
        if (_wcsnicmp(*environment, L"FAIRLEAD", 8) == 0) return refuse("refused our own ", *environment);
    note("asked", L"");
    be_slow();
    PROCESSENTRY32W entry = { .dwSize = sizeof(entry) };
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    if (snapshot == INVALID_HANDLE_VALUE) return 1;
    for (BOOL more = Process32FirstW(snapshot, &entry); more; more = Process32NextW(snapshot, &entry))
        print_process(&entry);
    return 0;
}
