/* A part of replay_calls.c: a number for each handle, thread and call that a trace names. */

struct knownName {
    const char *text; /* ended by a NUL; it stays where it is */
    uint32_t length;
    uint32_t hash;
    unsigned meaning; /* of a call: which one it is */
};

struct nameTable {
    struct knownName *names; /* a name's number is its place here plus 1 */
    size_t count, room;
    uint32_t *slots; /* the numbers by hash; 0 where one is free */
    size_t slot_count;
    char *chunk; /* where the texts of new names go */
    size_t chunk_left;
};

static struct nameTable handleNames, callNames;

static void *sureMemory(void *memory)
{
    if (memory == NULL) {
        beginError(PROGRAM, 0);
        sayError("there is no memory left");
        printError();
        leaveProgram();
    }
    return memory;
}

/* The text, copied to a place where it stays. */
static const char *keepText(struct nameTable *table, const char *text, size_t length)
{
    if (table->chunk_left <= length) {
        const size_t size = 64 * 1024; /* more than a line can have */
        table->chunk = sureMemory(malloc(size));
        table->chunk_left = size;
    }
    char *kept = table->chunk;
    memcpy(kept, text, length);
    kept[length] = '\0';
    table->chunk += length + 1;
    table->chunk_left -= length + 1;
    return kept;
}

static void growNames(struct nameTable *table)
{
    table->room = table->room != 0 ? table->room * 2 : 256;
    table->slot_count = table->room * 2;
    table->names = sureMemory(realloc(table->names, table->room * sizeof *table->names));
    free(table->slots);
    table->slots = sureMemory(calloc(table->slot_count, sizeof *table->slots));
    for (size_t i = 0; i < table->count; i++) {
        size_t slot = table->names[i].hash & (table->slot_count - 1);
        while (table->slots[slot] != 0) {
            slot = (slot + 1) & (table->slot_count - 1);
        }
        table->slots[slot] = (uint32_t)(i + 1);
    }
}

/* The number of a name, which is given one if it has none. */
static uint32_t numberOfName(struct nameTable *table, const char *text, size_t length, unsigned meaning)
{
    const uint32_t hash = hashBytes(text, length);
    if (table->count == table->room) {
        growNames(table);
    }
    size_t slot = hash & (table->slot_count - 1);
    for (; table->slots[slot] != 0; slot = (slot + 1) & (table->slot_count - 1)) {
        const struct knownName *known = &table->names[table->slots[slot] - 1];
        if (known->hash == hash && known->length == length && memcmp(known->text, text, length) == 0) {
            return table->slots[slot];
        }
    }
    struct knownName *added = &table->names[table->count++];
    added->text = keepText(table, text, length);
    added->length = (uint32_t)length;
    added->hash = hash;
    added->meaning = meaning;
    table->slots[slot] = (uint32_t)table->count;
    return table->slots[slot];
}

/* A handle as the trace writes it. */
static const char *handleText(uint64_t handle)
{
    return handle != 0 && handle <= handleNames.count ? handleNames.names[handle - 1].text : "0";
}
