/* A part of replay_calls.c: the command line. */

static const struct {
    const char *text;
    bool *wanted;
} knownOptions[] = {
    {"--json", &optionWanted.json},
    {"--observe", &optionWanted.observe},
    {"--help", &optionWanted.help},
    {"--version", &optionWanted.version},
};

enum { OPTION_COUNT = sizeof knownOptions / sizeof knownOptions[0] };

static void putHelp(void)
{
    const char *name;
    fputs("Usage: " PROGRAM " [--json] [--observe] [FILE...]\n"
          "Judges traces of calls by the API spec " LASTCALL_API ": which calls are rejected, on which object and\n"
          "why, and which objects are left at the end. Without FILE, or where FILE is -, the trace\n"
          "is standard input. Each file begins anew.\n\n"
          "  --json     print JSON lines: an object for each call, then one for the file\n"
          "  --observe  follow what really happened: a rejected call, which else changes nothing,\n"
          "             is followed as far as it can be\n"
          "  --help     print this\n"
          "  --version  print the version\n\n"
          "Not yet for calls, but for events: --finish and -j.\n\n"
          "Exit status: 0 if nothing was rejected and nothing is left, 1 if not, 2 for bad input\n"
          "or wrong use; of several files, the highest.\n\n"
          "A trace has a call on each line, its handles after it as ROLE=HANDLE, then arguments and\n"
          "the outcome; NULL is 0; thread=NAME says which thread; # begins a comment. The calls:\n",
          stdout);
    for (unsigned call = 0; call < CONSTANT(CALL_COUNT); call++) {
        printf("  %s", sureName(NAME(call_name)(call)));
        for (unsigned i = 0; (name = NAME(on_name)(call, i)) != NULL; i++) {
            if ((NAME(on_traits)(call, i) & CONSTANT(HANDLED)) != 0) {
                printf(" %s=", name);
            }
        }
        for (unsigned i = 0; (name = NAME(makes_name)(call, i)) != NULL; i++) {
            printf(" [%s=]%s", name, (NAME(makes_traits)(call, i) & CONSTANT(GROUPED)) != 0 ? " [group=]" : "");
        }
        for (unsigned i = 0; (name = NAME(argument_name)(call, i)) != NULL; i++) {
            printf(" [%s]", name);
        }
        for (unsigned i = 0; (name = NAME(outcome_name)(call, i)) != NULL; i++) {
            printf("%s%s", i == 0 ? " " : "|", name);
        }
        printf("\n");
    }
}

/* Takes the options out of the arguments, so that the files are left. False for an unknown one. */
static bool takeOptions(char **arguments, int *count)
{
    int files = 0;
    bool options_ended = false; /* by `--`; a single `-` is a file */
    for (int i = 0; i < *count; i++) {
        char *argument = arguments[i];
        if (options_ended || argument[0] != '-' || argument[1] == '\0') {
            arguments[files++] = argument;
        } else if (strcmp(argument, "--") == 0) {
            options_ended = true;
        } else {
            size_t option = 0;
            while (option < OPTION_COUNT && strcmp(argument, knownOptions[option].text) != 0) {
                option++;
            }
            if (option == OPTION_COUNT) {
                struct bestGuess guess = {.word = argument, .length = strlen(argument)};
                for (size_t k = 0; k < OPTION_COUNT; k++) {
                    considerName(&guess, knownOptions[k].text);
                }
                const bool later = strncmp(argument, "--finish", 8) == 0 || strncmp(argument, "-j", 2) == 0 || strncmp(argument, "--jobs", 6) == 0;
                beginError(PROGRAM, 0);
                sayError(later ? "not yet for traces of calls: " : "unknown option ");
                sayQuoted(guess.word, guess.length);
                sayError(guess.name != NULL && !later ? "; did you mean " : "; see " PROGRAM " --help");
                sayError(guess.name != NULL && !later ? guess.name : "");
                sayError(guess.name != NULL && !later ? "?" : "");
                printError();
                return false;
            }
            *knownOptions[option].wanted = true;
        }
    }
    *count = files;
    return true;
}
