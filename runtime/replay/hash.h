/* A part of replay.c: a number for some bytes, for tables in which they are looked up. */

/* A number for some bytes, which seldom is that of other bytes: the bytes eight by eight, the last
 * eight whatever was taken of them already. */
static uint32_t hashBytes(const char *bytes, size_t length)
{
    uint64_t hash = length, part = 0;
    if (length < sizeof part) {
        for (size_t i = 0; i < length; i++) {
            part = part << 8 | (unsigned char)bytes[i];
        }
    } else {
        for (size_t i = 0; i + sizeof part < length; i += sizeof part) {
            memcpy(&part, bytes + i, sizeof part);
            hash = (hash ^ part) * UINT64_C(0x9E3779B97F4A7C15);
            hash ^= hash >> 32;
        }
        memcpy(&part, bytes + length - sizeof part, sizeof part);
    }
    return (uint32_t)((hash ^ part) * UINT64_C(0x9E3779B97F4A7C15) >> 32);
}
