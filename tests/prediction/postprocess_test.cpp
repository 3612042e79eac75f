// Largest components and holes, against flood fills of the plainest kind.
#include "prediction/postprocess.h"
#include "support/catch.h"

#include <torch/types.h>

#include <array>
#include <map>

using namespace seg;

namespace {

using Voxel = std::array<std::int64_t, 3>;

bool inside(const Voxel& v, const torch::Tensor& t) {
  for (std::size_t a = 0; a < 3; ++a)
    if (v[a] < 0 || v[a] >= t.size(static_cast<std::int64_t>(a))) return false;
  return true;
}

// The component number of each voxel of the mask, 1 .. in C order of their first voxels.
torch::Tensor flood(const torch::Tensor& mask, bool by_corners) {
  const torch::Tensor out = torch::zeros(mask.sizes(), torch::kInt32);
  const auto in = mask.accessor<bool, 3>();
  auto number = out.accessor<std::int32_t, 3>();
  std::int32_t count = 0;
  for (std::int64_t i = 0; i < mask.numel(); ++i) {
    const std::int64_t w = mask.size(2), h = mask.size(1);
    const Voxel first = {i / w / h, i / w % h, i % w};
    if (!in[first[0]][first[1]][first[2]] || number[first[0]][first[1]][first[2]]) continue;
    std::vector<Voxel> open = {first};
    number[first[0]][first[1]][first[2]] = ++count;
    while (!open.empty()) {
      const Voxel at = open.back();
      open.pop_back();
      for (std::int64_t step = 0; step < 27; ++step) {
        const Voxel d = {step / 9 - 1, step / 3 % 3 - 1, step % 3 - 1};
        if (!by_corners && std::abs(d[0]) + std::abs(d[1]) + std::abs(d[2]) != 1) continue;
        const Voxel v = {at[0] + d[0], at[1] + d[1], at[2] + d[2]};
        if (!inside(v, mask) || !in[v[0]][v[1]][v[2]] || number[v[0]][v[1]][v[2]]) continue;
        number[v[0]][v[1]][v[2]] = count;
        open.push_back(v);
      }
    }
  }
  return out;
}

torch::Tensor plain_largest(const torch::Tensor& labels, const std::vector<std::int64_t>& classes) {
  torch::Tensor out = labels.clone();
  for (const std::int64_t c : classes) {
    const torch::Tensor part = flood(labels == c, true);
    std::int64_t best = 0, most = 0;
    for (std::int64_t k = 1; k <= part.max().item<std::int64_t>(); ++k)
      if (const auto size = (part == k).sum().item<std::int64_t>(); size > most) {
        best = k;
        most = size;
      }
    out.masked_fill_((labels == c) & (part != best), 0);
  }
  return out;
}

torch::Tensor plain_filled(const torch::Tensor& labels, std::vector<std::int64_t> classes) {
  std::sort(classes.begin(), classes.end());
  torch::Tensor out = labels.clone();
  for (const std::int64_t c : classes) {
    if (!(out == c).any().item<bool>()) continue;
    const torch::Tensor part = flood(out != c, false);
    for (std::int64_t k = 1; k <= part.max().item<std::int64_t>(); ++k) {
      const torch::Tensor hole = part == k;
      bool open = false;
      for (std::int64_t a = 0; a < 3; ++a)
        if (const std::int64_t n = out.size(a); n > 1)
          open = open || hole.select(a, 0).any().item<bool>() ||
                 hole.select(a, n - 1).any().item<bool>();
      if (!open) out.masked_fill_(hole & (out == 0), c);
    }
  }
  return out;
}

// Blobs of classes 0 .. classes - 1 that touch, with single voxels of noise.
torch::Tensor blobs(const std::vector<std::int64_t>& size, int classes, int seed) {
  const auto generator = at::detail::createCPUGenerator(static_cast<std::uint64_t>(seed));
  torch::Tensor labels = torch::zeros(size, torch::kUInt8);
  const auto axis = [&](std::size_t a) { return torch::arange(size[a], torch::kFloat32); };
  for (int k = 0; k < 5 * classes; ++k) {
    const torch::Tensor p = torch::rand({5}, generator);
    const auto share = [&](int i) { return p[i].item<float>(); };
    const auto d = [&](std::size_t a) {
      return (axis(a) - share(static_cast<int>(a)) * static_cast<float>(size[a])).square();
    };
    const torch::Tensor far = d(0).view({-1, 1, 1}) + d(1).view({-1, 1}) + d(2);
    const float radius = 1 + share(3) * 6;
    labels.masked_fill_((far < radius * radius) & (far > radius * radius * share(4) * 0.6f),
                        k % classes);
  }
  return torch::where(torch::rand(size, generator) < 0.03,
                      torch::randint(0, classes, size, generator, torch::kUInt8), labels);
}

const std::vector<std::vector<std::int64_t>> sizes = {{14, 17, 19}, {1, 30, 31}, {25, 1, 29},
                                                      {24, 26, 1},  {1, 1, 40},  {1, 1, 1}};

}  // namespace

TEST_CASE("the largest component of each class is that of a plain flood fill", "[prediction]") {
  for (std::size_t s = 0; s < sizes.size(); ++s)
    for (int seed = 0; seed < 6; ++seed)
      for (const int threads : {1, 3}) {
        INFO(s << " " << seed << " " << threads);
        const torch::Tensor labels = blobs(sizes[s], 4, seed), before = labels.clone();
        REQUIRE(keep_largest(labels, {1, 2, 3}, threads).equal(plain_largest(labels, {1, 2, 3})));
        REQUIRE(keep_largest(labels, {2}, threads).equal(plain_largest(labels, {2})));
        REQUIRE(labels.equal(before));
      }
}

TEST_CASE("holes are those of a plain flood fill", "[prediction]") {
  int filled = 0;
  for (std::size_t s = 0; s < sizes.size(); ++s)
    for (int seed = 0; seed < 6; ++seed)
      for (const int threads : {1, 3}) {
        INFO(s << " " << seed << " " << threads);
        const torch::Tensor labels = blobs(sizes[s], 4, seed), before = labels.clone();
        const torch::Tensor out = fill_holes(labels, {3, 1, 2}, threads);
        REQUIRE(out.equal(plain_filled(labels, {1, 2, 3})));
        REQUIRE(fill_holes(labels, {3}, threads).equal(plain_filled(labels, {3})));
        REQUIRE(labels.equal(before));
        filled += !out.equal(labels);
      }
  CHECK(filled > 20);
}

TEST_CASE("components that touch at a corner are one; of two of a size the first stays",
          "[prediction]") {
  torch::Tensor labels = torch::zeros({3, 4, 9}, torch::kUInt8);
  labels[0][0][0] = 1;
  labels[1][1][1] = 1;  // by its corner
  labels[2][2].slice(0, 6, 8).fill_(1);
  labels[0][3].slice(0, 7, 9).fill_(2);
  labels[2][0].slice(0, 0, 2).fill_(2);
  const torch::Tensor out = keep_largest(labels, {1, 2});
  CHECK(out[1][1][1].item<int>() == 1);
  CHECK(out[2][2].eq(0).all().item<bool>());
  CHECK(out[0][3][8].item<int>() == 2);
  CHECK(out[2][0].eq(0).all().item<bool>());
  CHECK(keep_largest(labels, {}).equal(labels));
  CHECK(keep_largest(labels, {7}).equal(labels));
}

TEST_CASE(
    "a class within a hole stays, the lowest class takes what two enclose, a hole at the border is "
    "none",
    "[prediction]") {
  torch::Tensor labels = torch::zeros({9, 9, 9}, torch::kUInt8);
  labels.slice(0, 1, 8).slice(1, 1, 8).slice(2, 1, 8).fill_(3);
  labels.slice(0, 2, 7).slice(1, 2, 7).slice(2, 2, 7).fill_(0);
  labels.slice(0, 3, 6).slice(1, 3, 6).slice(2, 3, 6).fill_(2);
  labels[4][4][4] = 0;
  const torch::Tensor both = fill_holes(labels, {3, 2});
  CHECK(both[4][4][4].item<int>() == 2);
  CHECK(both[2][2][2].item<int>() == 3);
  CHECK(both[3][3][3].item<int>() == 2);
  CHECK(both[0].eq(0).all().item<bool>());
  const torch::Tensor outer = fill_holes(labels, {3});
  CHECK(outer[4][4][4].item<int>() == 3);
  labels.slice(0, 0, 3).slice(1, 4, 5).slice(2, 4, 5).fill_(0);  // a way out of the outer hole
  CHECK(fill_holes(labels, {3}).equal(labels));
  CHECK_THROWS(fill_holes(labels, {0}));
}
