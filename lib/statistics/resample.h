#pragma once
#include <cstdint>
#include <span>

namespace seg {

// Fills `cases` with as many numbers 0 .. size - 1, each drawn from all of them: one draw of a
// bootstrap. A function of its arguments alone.
void draw_cases(std::uint64_t seed, std::int64_t draw, std::span<std::size_t> cases);

}  // namespace seg
