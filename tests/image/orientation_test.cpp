// All 48 ways to lay a volume's axes along the patient's.
#include "image/orientation.h"
#include "image/nifti.h"
#include "image/support.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>

using namespace seg;
using namespace seg::test;

namespace {

// Calls check(geometry) for 3! permutations x 2^3 directions of 5 x 4 x 3 voxels, tilted by `tilt`
// radians about z.
template <class F>
void for_48(double tilt, F check) {
  std::array<std::size_t, 3> axes = {0, 1, 2};
  const double c = std::cos(tilt), s = std::sin(tilt),
               turn[3][3] = {{c, -s, 0}, {s, c, 0}, {0, 0, 1}};
  do
    for (int signs = 0; signs < 8; ++signs) {
      Geometry g;
      g.size = {5, 4, 3};
      g.spacing = {0.5, 2, 3};
      g.origin = {-10, 20, 7.5};
      for (std::size_t a = 0; a < 3; ++a)
        for (std::size_t r = 0; r < 3; ++r)
          g.direction[r * 3 + a] = (signs >> a & 1 ? -1 : 1) * turn[r][axes[a]];
      check(g);
    }
  while (std::next_permutation(axes.begin(), axes.end()));
}

Xyz<double> position(const Geometry& g, std::int64_t x, std::int64_t y, std::int64_t z) {
  Xyz<double> p = g.origin;
  const Xyz<double> mm = {static_cast<double>(x) * g.spacing[0],
                          static_cast<double>(y) * g.spacing[1],
                          static_cast<double>(z) * g.spacing[2]};
  for (std::size_t r = 0; r < 3; ++r)
    for (std::size_t a = 0; a < 3; ++a) p[r] += g.direction[r * 3 + a] * mm[a];
  return p;
}

// A number that says where in the patient a voxel lies, whatever the order of the axes.
torch::Tensor patient_map(const Geometry& g) {
  const torch::Tensor v = torch::empty({g.size[2], g.size[1], g.size[0]}, torch::kFloat32);
  auto at = v.accessor<float, 3>();
  for (std::int64_t z = 0; z < g.size[2]; ++z)
    for (std::int64_t y = 0; y < g.size[1]; ++y)
      for (std::int64_t x = 0; x < g.size[0]; ++x) {
        const auto p = position(g, x, y, z);
        at[z][y][x] = static_cast<float>(p[0] + 31 * p[1] + 977 * p[2]);
      }
  return v;
}

}  // namespace

TEST_CASE(
    "each of 48 orientations becomes RAS with every voxel at its place in the patient, and comes "
    "back",
    "[image][orientation]") {
  for (const double tilt : {0.0, 0.4, -0.7})
    for_48(tilt, [](const Geometry& g) {
      const Volume volume{patient_map(g), g};
      const Orientation o = canonical_orientation(g);
      const Volume canonical = reorient(volume, o);
      const Geometry& to = canonical.geometry;
      REQUIRE(canonical.voxels.sizes() == torch::IntArrayRef({to.size[2], to.size[1], to.size[0]}));
      // Right, front and up: LPS direction closest to diag(-1, -1, 1).
      REQUIRE(to.direction[0] < -0.7);
      REQUIRE(to.direction[4] < -0.7);
      REQUIRE(to.direction[8] > 0.7);
      REQUIRE(torch::allclose(canonical.voxels, patient_map(to), 0, 1e-2));
      REQUIRE(reorient_back(canonical.voxels, o).equal(volume.voxels));
      const Orientation again = canonical_orientation(to);
      REQUIRE(again.source == std::array<int, 3>{0, 1, 2});
      REQUIRE(again.flipped == std::array<bool, 3>{false, false, false});
    });
}

TEST_CASE("leading dimensions are left alone", "[image][orientation]") {
  for_48(0, [](const Geometry& g) {
    const torch::Tensor a = patient_map(g), two = torch::stack({a, a * 2});
    const Orientation o = canonical_orientation(g);
    const torch::Tensor both = reorient({two, g}, o).voxels;
    REQUIRE(both[0].equal(reorient({a, g}, o).voxels));
    REQUIRE(both[1].equal(both[0] * 2));
    REQUIRE(reorient_back(both, o).equal(two));
  });
}

TEST_CASE("each of 48 orientations survives the disk", "[image][orientation][nifti]") {
  const TemporaryFolder folder;
  for (const double tilt : {0.0, 0.4})
    for_48(tilt, [&](const Geometry& g) {
      write_image(folder.path / "a.nii", patient_map(g), g);
      const Volume back = read_image(folder.path / "a.nii");
      REQUIRE(back.voxels[0].equal(patient_map(g)));
      REQUIRE(back.geometry.size == g.size);
      REQUIRE(back.geometry.spacing == g.spacing);
      for (std::size_t i = 0; i < 9; ++i)
        REQUIRE(std::abs(back.geometry.direction[i] - g.direction[i]) < 1e-6);
      for (std::size_t i = 0; i < 3; ++i)
        REQUIRE(std::abs(back.geometry.origin[i] - g.origin[i]) < 1e-5);
    });
}
