#pragma once

namespace seg {

// For the whole process, where Torch's threads are those of GCC's OpenMP library: a thread that
// waits for the others sleeps after microseconds. As the library is set up it spins for
// milliseconds, on the very processor that one of the others waits for when another program has
// taken theirs; a step then takes several times as long. The environment's GOMP_SPINCOUNT and
// OMP_WAIT_POLICY still count.
void keep_threads_from_spinning();

}  // namespace seg
