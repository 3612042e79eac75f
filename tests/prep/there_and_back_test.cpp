// From a file to 1 mm and back to the file's own grid.
#include "core/files.h"
#include "image/orientation.h"
#include "image/support.h"
#include "prep/preprocess.h"
#include "prep/resample.h"

#include <torch/types.h>

#include <cmath>

using namespace seg;
using namespace seg::test;
namespace fs = std::filesystem;

namespace {

const std::map<int, std::uint8_t> two_classes = {{0, 0}, {1, 1}, {2, 2}};

// Two ellipsoids.
std::vector<std::uint8_t> blobs(std::int64_t nx, std::int64_t ny, std::int64_t nz) {
  std::vector<std::uint8_t> out;
  for (std::int64_t z = 0; z < nz; ++z)
    for (std::int64_t y = 0; y < ny; ++y)
      for (std::int64_t x = 0; x < nx; ++x) {
        const auto at = [](std::int64_t i, std::int64_t n) {
          return (static_cast<double>(i) + 0.5) / static_cast<double>(n);
        };
        const auto in = [&](double a, double b, double c, double r) {
          return std::hypot(at(x, nx) - a, at(y, ny) - b, at(z, nz) - c) < r;
        };
        out.push_back(in(0.35, 0.5, 0.45, 0.25) ? 1 : in(0.7, 0.55, 0.6, 0.2) ? 2 : 0);
      }
  return out;
}

double dice_of(const torch::Tensor& a, const torch::Tensor& b, int k) {
  const torch::Tensor x = a == k, y = b == k;
  return 2 * (x & y).sum().item<double>() / (x.sum().item<double>() + y.sum().item<double>());
}

void there_and_back(const fs::path& file, const std::map<int, std::uint8_t>& map,
                    const fs::path& back, double least) {
  const PreparedCase prepared = preprocess({"c", {file}, file}, {}, map);
  const Geometry original = read_geometry(file);
  const Orientation o = canonical_orientation(original);
  const torch::Tensor out =
      reorient_back(resample_label(whole_label(prepared), prepared.geometry, reorient(original, o),
                                   LabelInterpolation::nearest),
                    o)
          .contiguous();
  const torch::Tensor in = read_label(file).voxels;
  REQUIRE(out.sizes() == in.sizes());
  for (const auto& [value, index] : map)
    if (index > 0 && (in == value).any().item<bool>())
      CHECK(dice_of(in == value, out == index, 1) >= least);
  write_label_like(back, out, file);
  const Geometry g = read_geometry(back);
  CHECK((g.size == original.size && g.spacing == original.spacing && g.origin == original.origin &&
         g.direction == original.direction));
  CHECK(torch::equal(read_label(back).voxels.to(torch::kUInt8), out));
}

}  // namespace

TEST_CASE("a label goes to 1 mm and back: the same anatomy under the same header", "[prep]") {
  const TemporaryFolder folder;
  const double c = std::cos(0.3), s = std::sin(0.3);
  const std::vector<std::vector<std::array<double, 4>>> affines = {
      {{-2, 0, 0, 40}, {0, 2, 0, -30}, {0, 0, 3, 7}},                 // LAS
      {{0, 0, 3, -9}, {-2, 0, 0, 11}, {0, -2, 0, 5}},                 // axes exchanged
      {{2 * c, -2 * s, 0, 3}, {2 * s, 2 * c, 0, 4}, {0, 0, -3, 5}}};  // oblique
  for (const auto& affine : affines)
    for (const int version : {1, 2})
      for (const bool swap : {false, true}) {
        const fs::path file = folder.path / "in.nii",
                       back = folder.path / (swap ? "out.nii.gz" : "out.nii");
        RawHeader header(version, swap);
        header.dims({3, 44, 40, 30})
            .type(2)
            .sform(affine)
            .codes(0, 4)
            .pixdim(1, 2)
            .pixdim(2, 2)
            .pixdim(3, 3)
            .units(2);
        put_file(file, header.with(blobs(44, 40, 30)));
        there_and_back(file, two_classes, back, 0.99);
        if (swap) continue;
        std::string before = read_file(file), after = read_file(back);
        CHECK(before.substr(0, 4) == after.substr(0, 4));  // version and byte order
        const std::size_t forms = version == 1 ? 252 : 344, length = version == 1 ? 76 : 160;
        CHECK(before.substr(forms, length) ==
              after.substr(forms, length));  // codes, quaternion, affine
        CHECK(before.substr(40, 16) == after.substr(40, 16));
      }
}

TEST_CASE("real labels go to 1 mm and back", "[prep][oracle]") {
  const fs::path root = folder_from_environment("SEG_DATA_DIR");
  if (root.empty()) SEG_SKIP("SEG_DATA_DIR is not set: the way back of real labels");
  const TemporaryFolder folder;
  std::map<int, std::uint8_t> map;
  for (int i = 0; i < 16; ++i) map[i] = static_cast<std::uint8_t>(i);
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root / "amos_like"))
    if (entry.path().string().find("labels") != std::string::npos && entry.is_regular_file()) {
      INFO(entry.path());
      there_and_back(entry.path(), map, folder.path / "back.nii.gz", 0.93);
      ++files;
    }
  CHECK(files > 0);
}
