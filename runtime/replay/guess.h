/* A part of replay.c: "did you mean": the name that a misspelt word most likely means, found by
 * showing it every name. */

struct bestGuess {
    const char *word;
    size_t length;
    const char *name; /* NULL while none is near enough */
    size_t edits;
};

/* How many letters to insert, delete or replace from word to name; capitals do not matter. */
static size_t countEdits(const char *word, size_t length, const char *name, size_t name_length)
{
    size_t row[COMPARED_LENGTH + 1];
    for (size_t j = 0; j <= name_length; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= length; i++) {
        const bool capital = word[i - 1] >= 'A' && word[i - 1] <= 'Z';
        const char letter = (char)(capital ? word[i - 1] - 'A' + 'a' : word[i - 1]);
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= name_length; j++) {
            size_t best = diagonal + (letter != name[j - 1]);
            diagonal = row[j];
            best = best < row[j] + 1 ? best : row[j] + 1;
            row[j] = best < row[j - 1] + 1 ? best : row[j - 1] + 1;
        }
    }
    return row[name_length];
}

static void considerName(struct bestGuess *guess, const char *name)
{
    const size_t name_length = strlen(name), allowed = 1 + guess->length / 4;
    if (guess->length <= COMPARED_LENGTH && name_length <= COMPARED_LENGTH) {
        size_t edits = countEdits(guess->word, guess->length, name, name_length);
        if (edits <= allowed && edits < name_length && (!guess->name || edits < guess->edits)) {
            guess->name = name;
            guess->edits = edits;
        }
    }
}
