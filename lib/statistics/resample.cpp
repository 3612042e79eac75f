#include "statistics/resample.h"

#include "core/random.h"

namespace seg {

void draw_cases(std::uint64_t seed, std::int64_t draw, std::span<std::size_t> cases) {
  Random random(seed, 0, static_cast<std::uint64_t>(draw), Purpose::bootstrap);
  for (std::size_t& c : cases) c = static_cast<std::size_t>(random.integer(std::ssize(cases)));
}

}  // namespace seg
