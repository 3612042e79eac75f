#pragma once
// Cases side by side on all cores.
#include <cstdint>
#include <functional>

namespace seg {

// Cores this process may use (the affinity mask and the container's quota count, not the machine's
// size); at least 1.
int available_cores();

// Bytes of memory this process may use (the container's limit counts, not the machine's size
// alone).
double available_memory();

// Calls work(i) for i in 0 .. count-1 on up to `threads` threads (0: available_cores()). Ends early
// on the first exception, or on a stop signal (Error(interrupted)), after the calls under way; the
// exception of the lowest index reaches the caller.
void parallel_for(std::int64_t count, int threads, const std::function<void(std::int64_t)>& work);

}  // namespace seg
