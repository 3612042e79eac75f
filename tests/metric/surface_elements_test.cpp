#include "metric/surface_elements.h"

#include "support/catch.h"
#include "tensor/safetensors.h"

#include <torch/utils.h>

#include <cmath>

using namespace seg;

namespace {

using Corner = std::array<std::int64_t, 3>;

// Bit by bit, from the header's sentence.
int plain_code(const torch::Tensor& mask, const Corner& corner) {
  int code = 0;
  for (int k = 0; k < 8; ++k) {
    const Corner v = {corner[0] - 1 + (k >> 2), corner[1] - 1 + (k >> 1 & 1),
                      corner[2] - 1 + (k & 1)};
    bool inside = true;
    for (std::size_t a = 0; a < 3; ++a)
      inside = inside && v[a] >= 0 && v[a] < mask.size(static_cast<std::int64_t>(a));
    if (inside && mask[v[0]][v[1]][v[2]].item<int>() != 0) code |= 1 << (7 - k);
  }
  return code;
}

double surface_area(const torch::Tensor& mask, const Dhw<double>& spacing) {
  const Dhw<std::int64_t> size = {mask.size(0), mask.size(1), mask.size(2)};
  const ElementAreas areas = element_areas(spacing);
  double sum = 0;
  for (const std::uint8_t code : surface_elements(mask.data_ptr<std::uint8_t>(), size).codes)
    sum += areas[code];
  return sum;
}

}  // namespace

TEST_CASE("surface elements stand where the eight voxels of a corner differ", "[metric]") {
  torch::manual_seed(3);
  const double share = GENERATE(0.0, 0.1, 0.5, 0.95, 1.0);
  const torch::Tensor mask = (torch::rand({4, 3, 5}) < share).to(torch::kUInt8) * 7;
  const SurfaceElements elements = surface_elements(mask.data_ptr<std::uint8_t>(), {4, 3, 5});
  CHECK(elements.grid == Dhw<std::int64_t>{5, 4, 6});
  REQUIRE(elements.codes.size() == elements.corners.size());
  std::size_t next = 0;
  for (std::int64_t corner = 0; corner < 5 * 4 * 6; ++corner) {
    const int code = plain_code(mask, {corner / 24, corner / 6 % 4, corner % 6});
    if (code == 0 || code == 255) continue;
    REQUIRE(next < elements.corners.size());
    CHECK(elements.corners[next] == corner);
    CHECK(elements.codes[next] == code);
    ++next;
  }
  CHECK(next == elements.corners.size());
}

TEST_CASE("an empty box has no surface elements", "[metric]") {
  CHECK(surface_elements(nullptr, {0, 0, 0}).corners.empty());
}

TEST_CASE("the area of a cuboid is that of its faces, but for its edges", "[metric]") {
  // A face's inner corners have the area of a voxel's face each; edges and corners are cut.
  const Dhw<double> spacing = {0.5, 2, 1.25};
  const ElementAreas areas = element_areas(spacing);
  CHECK(areas[0] == 0);
  CHECK(areas[255] == 0);
  CHECK(areas[0b00001111] == Approx(spacing[1] * spacing[2]).epsilon(1e-15));
  CHECK(areas[0b00110011] == Approx(spacing[0] * spacing[2]).epsilon(1e-15));
  CHECK(areas[0b01010101] == Approx(spacing[0] * spacing[1]).epsilon(1e-15));
  const torch::Tensor mask = torch::ones({40, 40, 40}, torch::kUInt8);
  const double faces =
      2 * 1600 * (spacing[0] * spacing[1] + spacing[0] * spacing[2] + spacing[1] * spacing[2]);
  CHECK(surface_area(mask, spacing) < faces);
  CHECK(surface_area(mask, spacing) > 0.97 * faces);
}

TEST_CASE("areas are unchanged by complement and by turning the axes with the spacing",
          "[metric]") {
  torch::manual_seed(4);
  const Dhw<double> spacing = {0.5, 2, 1.25};
  const ElementAreas areas = element_areas(spacing);
  for (std::size_t code = 0; code < 256; ++code) CHECK(areas[code] == areas[255 - code]);
  const torch::Tensor mask = (torch::rand({7, 8, 9}) < 0.4).to(torch::kUInt8);
  const double area = surface_area(mask, spacing);
  CHECK(surface_area(mask.permute({2, 0, 1}).contiguous(), {1.25, 0.5, 2}) ==
        Approx(area).epsilon(1e-12));
  CHECK(surface_area(mask.permute({0, 2, 1}).contiguous(), {0.5, 1.25, 2}) ==
        Approx(area).epsilon(1e-12));
}

TEST_CASE("areas of all codes are those of the reference table", "[metric][oracle]") {
  SEG_ORACLE(dir);
  const auto tensors = read_safetensors(dir / "metrics" / "label_maps.safetensors");
  if (!tensors.contains("surface_area_normals")) FAIL("no table of normals in " << dir);
  const torch::Tensor normals = tensors.at("surface_area_normals").to(torch::kFloat64);
  const Dhw<double> spacing = {1.5, 0.75, 3};
  const ElementAreas areas = element_areas(spacing);
  const torch::Tensor faces = torch::tensor(
      {spacing[1] * spacing[2], spacing[0] * spacing[2], spacing[0] * spacing[1]}, torch::kFloat64);
  const torch::Tensor expected = (normals * faces).square().sum(2).sqrt().sum(1);
  for (std::int64_t code = 0; code < 256; ++code)
    CHECK(areas[static_cast<std::size_t>(code)] ==
          Approx(expected[code].item<double>()).epsilon(1e-14));
}
