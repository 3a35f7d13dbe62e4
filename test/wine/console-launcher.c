/* console-launcher PROGRAM ARGS…: starts a program with the handles of the console that it runs in, which under Wine a child
 * of a pseudo console does not get by itself; see README.md. Ends as the program does, or with NO_CONSOLE. */
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

/* What we end with where the console never came up, and nothing was started. */
#define NO_CONSOLE 125

/* Wine starts the console beside us, and now and then it never answers: until it does, its handles are invalid. */
static HANDLE open_console(const wchar_t *name)
{
    SECURITY_ATTRIBUTES inherited = { sizeof(inherited), NULL, TRUE };
    for (int tries = 0; tries < 500; tries++) {
        DWORD mode;
        HANDLE console = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited,
                                     OPEN_EXISTING, 0, NULL);
        if (console != INVALID_HANDLE_VALUE && GetConsoleMode(console, &mode)) return console;
        if (console != INVALID_HANDLE_VALUE) CloseHandle(console);
        Sleep(10);
    }
    exit(NO_CONSOLE);
}

/* What follows the first word of our own command line, as it stands there. */
static wchar_t *rest_of_line(void)
{
    wchar_t *at = GetCommandLineW();
    int quoted = 0;
    for (; *at != 0 && (quoted || (*at != ' ' && *at != '\t')); at++)
        if (*at == '"') quoted = !quoted;
    while (*at == ' ' || *at == '\t') at++;
    return at;
}

/* Ctrl-C is for the program, whose exit code we wait for. */
static BOOL WINAPI stay(DWORD event)
{
    return event == CTRL_C_EVENT;
}

int main(void)
{
    STARTUPINFOW startup = { .cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES };
    PROCESS_INFORMATION child;
    DWORD code = 1;
    SetConsoleCtrlHandler(stay, TRUE);
    startup.hStdInput = open_console(L"CONIN$");
    startup.hStdOutput = startup.hStdError = open_console(L"CONOUT$");
    if (!CreateProcessW(NULL, rest_of_line(), NULL, NULL, TRUE, 0, NULL, NULL, &startup, &child)) {
        fprintf(stderr, "console-launcher: error %lu\n", (unsigned long)GetLastError());
        return 1;
    }
    WaitForSingleObject(child.hProcess, INFINITE);
    GetExitCodeProcess(child.hProcess, &code);
    return (int)code;
}
