#include "core/random.h"

#include "support/catch.h"

#include <algorithm>
#include <set>

using seg::Purpose;
using seg::Random;

TEST_CASE("a stream is a pure function of its key", "[core]") {
  Random a(1, 2, 3, Purpose::patch), b(1, 2, 3, Purpose::patch);
  for (int i = 0; i < 100; ++i) REQUIRE(a.next() == b.next());
  std::set<std::uint64_t> first;
  for (std::uint64_t seed = 0; seed < 4; ++seed)
    for (std::uint64_t epoch = 0; epoch < 4; ++epoch)
      for (std::uint64_t sample = 0; sample < 4; ++sample)
        for (auto purpose : {Purpose::patch, Purpose::flip})
          first.insert(Random(seed, epoch, sample, purpose).next());
  REQUIRE(first.size() == 4 * 4 * 4 * 2);
}

TEST_CASE("draws have the moments of their distributions", "[core]") {
  Random r(7, 0, 0, Purpose::order);
  const int n = 200000;
  double sum = 0, square = 0, normal = 0, normal_square = 0;
  std::vector<int> bins(6);
  for (int i = 0; i < n; ++i) {
    const double u = r.uniform(), z = r.normal();
    REQUIRE((u >= 0 && u < 1));
    sum += u;
    square += u * u;
    normal += z;
    normal_square += z * z;
    ++bins[r.integer(6)];
  }
  CHECK(sum / n == Approx(0.5).margin(0.005));
  CHECK(square / n == Approx(1.0 / 3).margin(0.005));
  CHECK(normal / n == Approx(0).margin(0.01));
  CHECK(normal_square / n == Approx(1).margin(0.02));
  for (const int count : bins) CHECK(count == Approx(n / 6.0).epsilon(0.03));
}

TEST_CASE("a permutation holds each index once", "[core]") {
  auto order = Random(3, 1, 0, Purpose::order).permutation(257);
  CHECK_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (int i = 0; i < 257; ++i) REQUIRE(order[i] == i);
}
