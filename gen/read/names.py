"""The names that the generated C has: how a spec's names become enumerators, and which names C cannot have."""

from collections.abc import Iterator

from model import Group, Holding, Lifecycle
from problems import Place

KEYWORDS = frozenset(
    """
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class co_await
    co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype default delete do
    double dynamic_cast else enum explicit export extern false float for friend goto if inline int long mutable namespace
    new noexcept not not_eq nullptr operator or or_eq private protected public register reinterpret_cast requires restrict
    return short signed sizeof static static_assert static_cast struct switch template this thread_local throw true try
    typedef typeid typename typeof typeof_unqual union unsigned using virtual void volatile wchar_t while xor xor_eq
    """.split()
)
"""The keywords of C (to C23) and C++ (to C++20) that a spec's name could be."""

_HEADER = Place(0, 0)
"""Stands for the header itself as the place of an enumerator."""

TAKEN = frozenset(
    """
    bufsiz clocks_per_sec eof exit_failure exit_success int16_max int16_min int32_max int32_min int64_max int64_min
    int8_max int8_min int_fast16_max int_fast16_min int_fast32_max int_fast32_min int_fast64_max int_fast64_min
    int_fast8_max int_fast8_min int_least16_max int_least16_min int_least32_max int_least32_min int_least64_max
    int_least64_min int_least8_max int_least8_min intmax_max intmax_min intptr_max intptr_min lastcall_constant
    lastcall_header lastcall_name lastcall_version null ptrdiff_max ptrdiff_min rand_max sig_atomic_max sig_atomic_min
    size_max uint16_max uint32_max uint64_max uint8_max uint_fast16_max uint_fast32_max uint_fast64_max uint_fast8_max
    uint_least16_max uint_least32_max uint_least64_max uint_least8_max uintmax_max uintptr_max wchar_max wchar_min
    wint_max wint_min
    abort abs access alarm asctime asctime_r atexit atof atoi atol atoll blkcnt_t blksize_t bsearch calloc chdir chmod
    chown clearerr clock clock_getcpuclockid clock_getres clock_gettime clock_nanosleep clock_settime clock_t
    clockid_t close confstr creat ctermid ctime ctime_r dev_t difftime div div_t dprintf dup dup2 errno execl execle
    execlp execv execve execvp exit faccessat fchdir fchmod fchmodat fchown fchownat fclose fcntl fdatasync fdopen
    feof ferror fexecve fflush fgetc fgetpos fgets fileno flock flockfile fmemopen fopen fork fpathconf fpos_t
    fpregset_t fprintf fputc fputs fread free freopen fsblkcnt_t fscanf fseek fseeko fsetpos fsfilcnt_t fstat fstatat
    fsync ftell ftello ftruncate ftrylockfile funlockfile futimens fwrite getc getc_unlocked getchar getchar_unlocked
    getcwd getdelim getegid getenv geteuid getgid getgroups gethostname getline getlogin getlogin_r getopt getpgid
    getpgrp getpid getppid gets getsid getsubopt getuid gid_t gmtime gmtime_r greg_t gregset_t id_t idtype_t imaxabs
    imaxdiv imaxdiv_t ino_t int16_t int32_t int64_t int8_t int_fast16_t int_fast32_t int_fast64_t int_fast8_t
    int_least16_t int_least32_t int_least64_t int_least8_t intmax_t intptr_t isatty itimerspec kill labs lchown ldiv
    ldiv_t link linkat linux llabs lldiv lldiv_t locale_t localtime localtime_r lseek lstat main malloc mblen mbstowcs
    mbtowc mcontext_t memchr memcmp memcpy memmove memset mkdir mkdirat mkdtemp mkfifo mkfifoat mknod mknodat mkstemp
    mktime mode_t nanosleep nfds_t nlink_t off_t open open_memstream openat optarg opterr optind optopt pathconf pause
    pclose perror pid_t pipe poll pollfd popen posix_fadvise posix_fallocate posix_memalign pread printf psiginfo
    psignal ptrdiff_t max_align_t nullptr_t
    pthread_attr_t pthread_barrier_t pthread_barrierattr_t pthread_cond_t pthread_condattr_t pthread_key_t
    pthread_kill pthread_mutex_t pthread_mutexattr_t pthread_once_t pthread_rwlock_t pthread_rwlockattr_t
    pthread_sigmask pthread_spinlock_t pthread_t putc putc_unlocked putchar putchar_unlocked puts pwrite qsort raise
    rand rand_r read readlink readlinkat realloc register_t remove rename renameat rewind rmdir sa_handler
    sa_sigaction scanf setbuf setegid setenv seteuid setgid setpgid setsid setuid setvbuf si_addr si_addr_lsb si_arch
    si_band si_call_addr si_fd si_int si_lower si_overrun si_pid si_pkey si_ptr si_status si_stime si_syscall
    si_timerid si_uid si_upper si_utime si_value sig_atomic_t sigaction sigaddset sigdelset sigemptyset
    sigev_notify_attributes sigev_notify_function sigevent sigevent_t sigfillset siginfo_t sigismember signal
    sigpending sigprocmask sigqueue sigset_t sigsuspend sigtimedwait sigval sigwait sigwaitinfo size_t sleep snprintf
    sprintf srand sscanf ssize_t st_atime st_ctime st_mtime stack_t stat std stderr stdin stdout stpcpy stpncpy strcat
    strchr strcmp strcoll strcoll_l strcpy strcspn strdup strerror strerror_l strerror_r strftime strftime_l strlen
    strncat strncmp strncpy strndup strnlen strpbrk strrchr strsignal strspn strstr strtod strtof strtoimax strtok
    strtok_r strtol strtold strtoll strtoul strtoull strtoumax strxfrm strxfrm_l symlink symlinkat sysconf system
    tcgetpgrp tcsetpgrp time time_t timer_create timer_delete timer_getoverrun timer_gettime timer_settime timer_t
    timespec tm tmpfile tmpnam truncate ttyname ttyname_r tzname tzset u_int16_t u_int32_t u_int64_t u_int8_t
    ucontext_t uid_t uint16_t uint32_t uint64_t uint8_t uint_fast16_t uint_fast32_t uint_fast64_t uint_fast8_t
    uint_least16_t uint_least32_t uint_least64_t uint_least8_t uintmax_t uintptr_t umask ungetc unix unlink unlinkat
    unsetenv useconds_t utimensat va_list vdprintf vfprintf vfscanf vprintf vscanf vsnprintf vsprintf vsscanf wait
    waitid waitpid wcstoimax wcstombs wcstoumax wctomb write
    """.split()
)
"""What a lifecycle cannot be called, because its name becomes a type and, in capitals, the beginning of constants: what the C
library's headers declare and define that the replayer includes (first, in capitals, what the header itself includes defines,
and what the command defines that compiles the replayer), what compilers predefine, and C++'s namespace."""


FUNCTIONS = frozenset(
    """
    argz_next atomic_init cnd_init mtx_init posix_spawn_file_actions_init posix_spawnattr_init pthread_attr_init
    pthread_barrier_init pthread_barrierattr_init pthread_cond_init pthread_condattr_init pthread_mutex_init
    pthread_mutexattr_init pthread_rwlock_init pthread_rwlockattr_init pthread_spin_init res_state sem_init
    """.split()
)
"""Functions (and a type) of C11, POSIX and glibc that end as functions of the header do: `NAME_init`, `NAME_next`, `NAME_state`."""


def standing_in_the_way(name: str) -> str | None:
    """The function of the system's that a lifecycle of this name would declare again, or None."""
    return next((function for function in sorted(FUNCTIONS) if function.rpartition("_")[0] == name), None)


def constant(*words: str) -> str:
    """An enumerator's name from the spec's names: `logoff`, `logoff-first` -> `LOGOFF_LOGOFF_FIRST`."""
    return "_".join(words).replace("-", "_").upper()


def enumerators(model: Lifecycle) -> Iterator[tuple[str, Place]]:
    """Every enumerator of the header and the place of the name that makes it; line 0: the header itself."""
    prefix = model.name
    for kind in ("event", "state", "held", "rule"):
        yield constant(prefix, kind, "count"), _HEADER
    yield constant(prefix, "rule", "none"), _HEADER
    for event in model.events:
        yield constant(prefix, "event", event.name), event.place
        for argument in event.arguments:
            yield constant(prefix, "arg", event.name, argument.name), argument.place
        for warning in event.warnings:
            yield constant(prefix, "warn", event.name, model.rules[warning.rule].name), warning.place
    for state in model.states:
        yield constant(prefix, "state", state.name), state.place
    held: tuple[Holding | Group, ...] = (*model.holdings, *model.groups)
    for each in held:
        yield constant(prefix, "held", each.name), each.place
    for rule in model.rules:
        yield constant(prefix, "rule", rule.name), rule.place
