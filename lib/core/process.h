#pragma once
// Which process, where: to tell whether one that left something behind is still there.
#include <cstdint>
#include <string>

namespace seg {

// This machine's name.
std::string host_name();

// Where a process number means the same process as here, in 8 hexadecimal digits: this machine and
// this container.
const std::string& process_space();

// When a process of this space began, in the kernel's ticks; 0 where it is gone.
std::uint64_t process_start(std::int64_t pid);

}  // namespace seg
