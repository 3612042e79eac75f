#include "core/random.h"

#include "core/splitmix.h"

#include <cmath>
#include <numbers>
#include <numeric>

namespace seg {

Random::Random(std::uint64_t seed, std::uint64_t epoch, std::uint64_t sample, Purpose purpose) {
  state_ = splitmix(seed + kGolden);
  for (const std::uint64_t key : {epoch, sample, static_cast<std::uint64_t>(purpose)})
    state_ = splitmix(state_ + kGolden * (key + 1));
}

std::uint64_t Random::next() { return splitmix(state_ += kGolden); }

double Random::uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

double Random::uniform(double low, double high) { return low + (high - low) * uniform(); }

std::int64_t Random::integer(std::int64_t count) {
  const auto n = static_cast<std::uint64_t>(count);
  const std::uint64_t rejected = -n % n;
  std::uint64_t x = next();
  while (x < rejected) x = next();
  return static_cast<std::int64_t>(x % n);
}

double Random::normal() {
  const double u = 1.0 - uniform(), v = uniform();
  return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
}

std::vector<std::int64_t> Random::permutation(std::int64_t count) {
  std::vector<std::int64_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  for (std::int64_t i = count - 1; i > 0; --i) std::swap(order[i], order[integer(i + 1)]);
  return order;
}

}  // namespace seg
