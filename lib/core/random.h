#pragma once
// Random numbers as a pure function of (seed, epoch, sample, purpose): the same draw whatever the
// worker count and after any resume.
#include <cstdint>
#include <vector>

namespace seg {

// What a stream is drawn for; two purposes never share numbers.
enum class Purpose : std::uint64_t {
  order = 1,
  patch,
  rotation,
  flip,
  split,
  phantom,
  scaling = 8,
  elastic,
  gamma,
  brightness,
  contrast,
  noise,
  blur,
  low_resolution,
  bootstrap
};

// A stream of 64-bit numbers (SplitMix64 over a mixed key).
class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t epoch, std::uint64_t sample, Purpose purpose);

  std::uint64_t next();
  double uniform();                          // [0, 1)
  double uniform(double low, double high);   // [low, high)
  std::int64_t integer(std::int64_t count);  // 0 .. count - 1, without bias; count >= 1
  bool chance(double probability) { return uniform() < probability; }
  double normal();  // mean 0, standard deviation 1 (Box-Muller)
  std::vector<std::int64_t> permutation(std::int64_t count);  // Fisher-Yates

 private:
  std::uint64_t state_;
};

}  // namespace seg
