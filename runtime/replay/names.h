/* A part of replay.c: the name of a file, as it may be shown.
 *
 * A file's name is bytes: it may hold what a terminal obeys, and need not be UTF-8, as JSON is.
 */

/* The character that stands there, and how many bytes it takes; 0 if it is none in UTF-8. */
static size_t takeCharacter(const char *at, uint32_t *character)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* in so many bytes */
    const unsigned char first = (unsigned char)*at;
    const size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    *character = first & (length == 1 ? 0x7fu : 0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        const unsigned char byte = (unsigned char)at[i];
        if (byte >> 6 != 2) { /* the NUL at the end, too */
            return 0;
        }
        *character = *character << 6 | (byte & 0x3fu);
    }
    const bool surrogate = *character >> 11 == 0xd800 >> 11;
    const bool stray = first >> 6 == 2 || first >= 0xf8;
    return stray || surrogate || *character < least[length] || *character > 0x10ffff ? 0 : length;
}

/* Does a terminal obey that character: a control, or one that turns or breaks the line? */
static bool isObeyed(uint32_t character)
{
    return character < ' ' || (character >= 0x7f && character < 0xa0) ||
           (character >= 0x200e && character <= 0x200f) ||
           (character >= 0x2028 && character <= 0x202e) ||
           (character >= 0x2066 && character <= 0x2069);
}

/* Writes a name as it may be shown to `buffer`, in place of what was there: what a terminal obeys
 * and what is not UTF-8 as \xNN. `json`: as it stands between the quotation marks of a JSON string,
 * where a control is \uNNNN. */
static const char *showName(char **buffer, const char *name, bool json)
{
    char *shown = realloc(*buffer, 6 * strlen(name) + 1), *end = shown;
    if (shown == NULL) {
        reportUnreadable(PROGRAM, 0, "name a file");
        printError();
        leaveProgram();
        return "";
    }
    *buffer = shown;
    while (*name != '\0') {
        uint32_t character;
        size_t length = takeCharacter(name, &character);
        if (length != 0 && json && isObeyed(character)) {
            end += sprintf(end, "\\u%04x", (unsigned)character);
        } else if (length == 0 || isObeyed(character)) {
            length += length == 0;
            for (size_t i = 0; i < length; i++) {
                end += sprintf(end, json ? "\\\\x%02x" : "\\x%02x", (unsigned char)name[i]);
            }
        } else {
            if (json && (*name == '"' || *name == '\\')) {
                *end++ = '\\';
            }
            memcpy(end, name, length);
            end += length;
        }
        name += length;
    }
    *end = '\0';
    return shown;
}

/* The name of a file, `-` being standard input, as it is shown in text and in JSON: until the next
 * file is named. */
struct shownNames {
    const char *text, *json;
};

static struct shownNames nameFile(const char *path)
{
    static char *text, *json;
    const char *name = strcmp(path, "-") == 0 ? "<stdin>" : path;
    return (struct shownNames){.text = showName(&text, name, false),
                               .json = showName(&json, name, true)};
}
