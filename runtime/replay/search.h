/* A part of replay.c: a legal way from a machine to the end of the lifecycle, searched for.
 *
 * Every event is tried, with every set of its arguments, on copies of the machine, and on the
 * copies that come of it, until one is finished. Each configuration is looked at once. The memory
 * is bounded; who asks is told whether that cut the search short. A search that was not cut short
 * and has found nothing proves that there is nothing.
 */

enum {
    SEARCHED_BYTES = 1 << 28, /* about so many at most, where a machine is large */
    FIRST_ROOM = 1 << 10,     /* of copies, when a search begins */
    ARGUMENTS_IN_FULL = 10,   /* of more arguments only the sets of one and two are tried */
    NO_STEP = 0               /* where a number of a step is meant; the machine at 0 is the start */
};

enum searchOrder {
    SHORTEST_FIRST,   /* the first way that is found is a shortest one */
    FEWEST_LEFT_FIRST /* some way: it goes down to it where there are too many short beginnings */
};

/* A copy of the machine, and how it came about. */
struct searchStep {
    lifecycleMachine machine;
    uint32_t left;             /* so much must be given back */
    uint32_t from;             /* the step before, until the way is turned */
    unsigned event, arguments; /* what was fired there */
};

static struct {
    enum searchOrder order;
    size_t limit; /* of the count */
    struct searchStep *steps;
    size_t count, room; /* room: a power of two */
    uint32_t *slots;    /* a hash table of twice the room: numbers of steps, NO_STEP if free */
    uint32_t *waiting;  /* a heap of the steps to go on from, if they do not go by their order */
    size_t waiting_count;
    size_t taken;   /* the steps before were gone on from, if they go by their order */
    bool cut_short; /* there was more than could be looked at */
} waySearch;

static uint32_t countLeft(const lifecycleMachine *machine)
{
    const unsigned count = HOLDING_COUNT; /* may be 0 */
    uint32_t left = 0;
    for (unsigned holding = 0; holding < count; holding++) {
        left += NAME(may_remain)(holding) ? 0 : NAME(held)(machine, holding);
    }
    return left;
}

/* The slot of that configuration, or the free slot where it would be. */
static uint32_t *findStep(const lifecycleMachine *machine)
{
    char machine_bytes[sizeof *machine];
    memcpy(machine_bytes, machine, sizeof *machine);
    const size_t mask = 2 * waySearch.room - 1;
    size_t slot = hashBytes(machine_bytes, sizeof machine_bytes) & mask;
    while (waySearch.slots[slot] != NO_STEP &&
           memcmp(&waySearch.steps[waySearch.slots[slot]].machine, machine, sizeof *machine) != 0) {
        slot = (slot + 1) & mask;
    }
    return &waySearch.slots[slot];
}

/* Makes room for twice as many steps. False if there is no memory for them. */
static bool growSearch(void)
{
    const size_t room = waySearch.room == 0 ? FIRST_ROOM : 2 * waySearch.room;
    struct searchStep *steps = realloc(waySearch.steps, room * sizeof *steps);
    waySearch.steps = steps != NULL ? steps : waySearch.steps;
    uint32_t *waiting = realloc(waySearch.waiting, room * sizeof *waiting);
    waySearch.waiting = waiting != NULL ? waiting : waySearch.waiting;
    uint32_t *slots = calloc(2 * room, sizeof *slots);
    if (steps == NULL || waiting == NULL || slots == NULL) {
        free(slots);
        return false;
    }
    free(waySearch.slots);
    waySearch.slots = slots;
    waySearch.room = room;
    for (size_t step = 1; step < waySearch.count; step++) {
        *findStep(&waySearch.steps[step].machine) = (uint32_t)step;
    }
    return true;
}

/* Does the step at one place of the heap come before that at another? */
static bool comesBefore(size_t place, size_t other)
{
    const uint32_t step = waySearch.waiting[place], second = waySearch.waiting[other];
    const uint32_t left = waySearch.steps[step].left, second_left = waySearch.steps[second].left;
    return left < second_left || (left == second_left && step < second);
}

static void swapPlaces(size_t place, size_t other)
{
    const uint32_t step = waySearch.waiting[place];
    waySearch.waiting[place] = waySearch.waiting[other];
    waySearch.waiting[other] = step;
}

static void addWaiting(uint32_t step)
{
    size_t place = waySearch.waiting_count++;
    waySearch.waiting[place] = step;
    while (place > 0 && comesBefore(place, (place - 1) / 2)) {
        swapPlaces(place, (place - 1) / 2);
        place = (place - 1) / 2;
    }
}

/* The next step to go on from. False if there is none. */
static bool takeWaiting(uint32_t *step)
{
    if (waySearch.order == SHORTEST_FIRST) {
        *step = (uint32_t)waySearch.taken++;
        return *step < waySearch.count;
    }
    if (waySearch.waiting_count == 0) {
        return false;
    }
    *step = waySearch.waiting[0];
    waySearch.waiting[0] = waySearch.waiting[--waySearch.waiting_count];
    for (size_t place = 0, child; (child = 2 * place + 1) < waySearch.waiting_count;) {
        child += child + 1 < waySearch.waiting_count && comesBefore(child + 1, child);
        if (!comesBefore(child, place)) {
            break;
        }
        swapPlaces(place, child);
        place = child;
    }
    return true;
}

/* Adds a configuration, if it is a new one. False if there is no room for it. */
static bool addStep(const lifecycleMachine *machine, uint32_t from, unsigned event,
                    unsigned arguments)
{
    if (waySearch.count != 0 &&
        (*findStep(machine) != NO_STEP ||
         memcmp(machine, &waySearch.steps[0].machine, sizeof *machine) == 0)) {
        return true;
    }
    if (waySearch.count == waySearch.limit ||
        (waySearch.count == waySearch.room && !growSearch())) {
        waySearch.cut_short = true;
        return false;
    }
    const uint32_t step = (uint32_t)waySearch.count++;
    waySearch.steps[step] = (struct searchStep){.machine = *machine,
                                                .left = countLeft(machine),
                                                .from = from,
                                                .event = event,
                                                .arguments = arguments};
    if (step != NO_STEP) {
        *findStep(machine) = step;
    }
    if (waySearch.order == FEWEST_LEFT_FIRST) {
        addWaiting(step);
    }
    return true;
}

static unsigned countArguments(unsigned event)
{
    unsigned count = 0;
    while (NAME(argument_name)(event, count) != NULL) {
        count++;
    }
    return count;
}

/* The next set of arguments: all of them, or where they would be too many those of up to two. */
static uint64_t nextArguments(uint64_t arguments, unsigned count)
{
    const uint64_t lowest = arguments & (~arguments + 1);
    const bool has_two = arguments != lowest;
    return arguments + (count > ARGUMENTS_IN_FULL && has_two ? lowest : 1);
}

/* Tries an event at a step. True if a copy is finished by it, which is then the last step, or if
 * there is no room for what comes of it. */
static bool tryEvent(uint32_t from, unsigned event)
{
    const unsigned count = countArguments(event);
    waySearch.cut_short = waySearch.cut_short || count > ARGUMENTS_IN_FULL;
    for (uint64_t set = 0; set >> count == 0; set = nextArguments(set, count)) {
        lifecycleMachine machine = waySearch.steps[from].machine;
        const unsigned verdict = NAME(fire)(&machine, event, (unsigned)set);
        if (verdict == REJECTED_STATE || verdict == REJECTED_NOT_HELD) {
            return false; /* whatever its arguments are */
        }
        if (verdict == ACCEPTED &&
            (!addStep(&machine, from, event, (unsigned)set) || NAME(finished)(&machine))) {
            return true;
        }
    }
    return false;
}

/* Searches for a way from a machine that is not finished, in that order, over at most so many
 * copies. True if there is one: the last step ends it. */
static bool searchWay(const lifecycleMachine *start, enum searchOrder order, size_t limit)
{
    const size_t most = SEARCHED_BYTES / (sizeof *waySearch.steps + 3 * sizeof *waySearch.slots);
    waySearch.order = order;
    waySearch.limit = limit < most ? limit : most;
    waySearch.count = waySearch.waiting_count = waySearch.taken = 0;
    waySearch.cut_short = false;
    if (waySearch.room != 0) {
        memset(waySearch.slots, 0, 2 * waySearch.room * sizeof *waySearch.slots);
    }
    uint32_t from;
    addStep(start, NO_STEP, EVENT_COUNT, 0);
    while (takeWaiting(&from)) {
        for (unsigned event = 0; event < EVENT_COUNT; event++) {
            if (tryEvent(from, event)) {
                return NAME(finished)(&waySearch.steps[waySearch.count - 1].machine);
            }
        }
    }
    return false;
}

/* How many events the way has that was found. */
static uint64_t lengthOfWay(void)
{
    uint64_t length = 0;
    for (size_t step = waySearch.count - 1; step != NO_STEP; step = waySearch.steps[step].from) {
        length++;
    }
    return length;
}

/* The first step of the way that was found. Its links, which lead back, are turned, so that `from`
 * is the step after, and NO_STEP behind the last. */
static uint32_t firstOfWay(void)
{
    uint32_t step = (uint32_t)(waySearch.count - 1), after = NO_STEP;
    while (step != NO_STEP) {
        const uint32_t before = waySearch.steps[step].from;
        waySearch.steps[step].from = after;
        after = step;
        step = before;
    }
    return after;
}
