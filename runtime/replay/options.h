/* A part of replay.c: the command line. */

static const struct {
    const char *text;
    bool *wanted;
} knownOptions[] = {
    {"--json", &optionWanted.json},       {"--observe", &optionWanted.observe},
    {"--finish", &optionWanted.finish},   {"--help", &optionWanted.help},
    {"--version", &optionWanted.version}, {"--jobs", NULL}, /* takes a number */
};

enum { OPTION_COUNT = sizeof knownOptions / sizeof knownOptions[0] };

static void putHelp(void)
{
    const char *name;
    fputs("Usage: " PROGRAM " [--json] [--observe] [-j [N]] [FILE...]\n"
          "       " PROGRAM " --finish [--observe] [FILE]\n"
          "Judges traces by the lifecycle " LIFECYCLE ": which events are rejected, and why,\n"
          "and whether the lifecycle is finished at the end. Without FILE, or where FILE is -,\n"
          "the trace is standard input. Each file begins a new lifecycle.\n\n"
          "  --json     print JSON lines: an object for each event, then one for the file, which\n"
          "             names it; of a file with bad input it tells how far it was judged, and\n"
          "             the error; a rejection has all that its sentence says: message, call,\n"
          "             source, what is held, and as advice the events that make it legal\n"
          "  --observe  follow what really happened: a rejected event, which else changes\n"
          "             nothing, is applied as far as it can be; what is held at the end and\n"
          "             must be given back is reported as leaked\n"
          "  --finish   print the shortest legal way that is found from where the trace stops to\n"
          "             the end of the lifecycle, itself a trace; what is said of the events goes\n"
          "             to standard error; an event that nobody calls, but waits for, has a\n"
          "             comment; one FILE, not with --json\n"
          "  -j, --jobs [N]\n"
          "             replay N files at once, or as many as there are processors; what is\n"
          "             printed is the same, in the order of the files, and waits in temporary\n"
          "             files for its turn"
#ifndef REPLAY_WITH_JOBS
          " (on this system: one after another all the same)"
#endif
          "\n"
          "  --help     print this\n"
          "  --version  print the version\n\n"
          "Exit status: 0 if nothing was rejected and the lifecycle is finished, 1 if not,\n"
          "2 for bad input or wrong use; of several files, the highest. With --finish: 0 if\n"
          "there is a way (it is empty if the lifecycle is finished), 1 if none is found: it is "
          "said\n"
          "whether there is none, or there may be one that the search was cut short before.\n\n"
          "A trace has an event on each line, its arguments after it; # begins a comment.\n"
          "The events, with the arguments that each may take:\n",
          stdout);
    for (unsigned event = 0; event < EVENT_COUNT; event++) {
        printf("  %s", sureName(NAME(event_name)(event)));
        for (unsigned i = 0; (name = NAME(argument_name)(event, i)) != NULL; i++) {
            printf(" [%s]", name);
        }
        printf("\n");
    }
}

static void reportUnknownOption(const char *option)
{
    struct bestGuess guess = {.word = option, .length = strlen(option)};
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        considerName(&guess, knownOptions[i].text);
    }
    beginError(PROGRAM, 0);
    sayError("unknown option ");
    sayQuoted(guess.word, guess.length);
    sayError(guess.name ? "; did you mean " : "; see " PROGRAM " --help");
    if (guess.name) {
        sayError(guess.name);
        sayError("?");
    }
    printError();
}

static bool isNumber(const char *word)
{
    return *word >= '0' && *word <= '9' && word[strspn(word, "0123456789")] == '\0';
}

/* Takes `-j`, `-jN`, `--jobs` and `--jobs=N`, and the N that may stand in the next argument: it is
 * one if it is a number. Gives how many arguments were taken, 0 if it is no such option. */
static int takeJobs(char **arguments, int left)
{
    const char *number = arguments[0];
    if (strncmp(number, "--jobs", 6) == 0 && (number[6] == '\0' || number[6] == '=')) {
        number += number[6] == '=' ? 7 : 6;
        if (*number == '\0' && number[-1] == '=') {
            return 0;
        }
    } else if (strncmp(number, "-j", 2) == 0) {
        number += 2;
    } else {
        return 0;
    }
    const bool apart = *number == '\0' && left > 1 && isNumber(arguments[1]);
    number = apart ? arguments[1] : number;
    if (*number == '\0') {
        optionWanted.jobs = countProcessors();
    } else if (!isNumber(number)) {
        return 0;
    } else {
        const unsigned long jobs = strtoul(number, NULL, 10);
        optionWanted.jobs = jobs < MOST_JOBS ? (unsigned)jobs : MOST_JOBS;
    }
    return apart ? 2 : 1;
}

/* Takes the options out of the arguments, so that the files are left. False for an unknown one. */
static bool takeOptions(char **arguments, int *count)
{
    int files = 0, jobs;
    bool options_ended = false; /* by `--`; a single `-` is a file */
    for (int i = 0; i < *count; i++) {
        char *argument = arguments[i];
        if (options_ended || argument[0] != '-' || argument[1] == '\0') {
            arguments[files++] = argument;
        } else if (strcmp(argument, "--") == 0) {
            options_ended = true;
        } else if ((jobs = takeJobs(arguments + i, *count - i)) != 0) {
            i += jobs - 1;
        } else {
            size_t option = 0;
            while (option < OPTION_COUNT && (strcmp(argument, knownOptions[option].text) != 0 ||
                                             knownOptions[option].wanted == NULL)) {
                option++;
            }
            if (option == OPTION_COUNT) {
                reportUnknownOption(argument);
                return false;
            }
            *knownOptions[option].wanted = true;
        }
    }
    *count = files;
    return true;
}

/* What is wrong with the use of the options; NULL if nothing is. */
static const char *findWrongUse(int file_count)
{
    if (optionWanted.finish && optionWanted.json) {
        return "--finish prints a trace, not JSON: leave out --json, or --finish";
    }
    if (optionWanted.finish && file_count > 1) {
        return "--finish takes one FILE: run it once for each";
    }
    if (optionWanted.jobs == 0) {
        return "-j 0 would replay nothing: it takes a number from 1, or none for all processors";
    }
    return NULL;
}
