#include "data/phantom.h"

#include "core/error.h"
#include "core/files.h"
#include "core/parallel.h"
#include "core/progress.h"
#include "core/random.h"
#include "data/volume_names.h"
#include "image/nifti.h"

#include <torch/types.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <set>

namespace seg {
namespace fs = std::filesystem;
namespace {

// An ellipsoid in the body's frame: -1 .. 1 along left-right (x), back-front (y), foot-head (z).
struct Organ {
  const char* name;
  double x, y, z, rx, ry, rz;
  double intensity;  // HU
};

// AMOS's numbering: the i-th organ has label i + 1. x < 0 is the patient's right. The values are
// those of the portal venous phase, roughly; the tissue around the organs has 40.
constexpr Organ organs[15] = {{"spleen", 0.60, -0.25, 0.45, 0.20, 0.22, 0.24, 105},
                              {"right kidney", -0.45, -0.40, 0.00, 0.14, 0.16, 0.25, 150},
                              {"left kidney", 0.45, -0.40, 0.05, 0.14, 0.16, 0.25, 150},
                              {"gallbladder", -0.32, 0.30, 0.15, 0.10, 0.10, 0.13, 15},
                              {"esophagus", 0.06, -0.22, 0.80, 0.05, 0.05, 0.18, 75},
                              {"liver", -0.45, 0.10, 0.45, 0.40, 0.42, 0.36, 110},
                              {"stomach", 0.35, 0.28, 0.42, 0.24, 0.20, 0.22, 45},
                              {"aorta", 0.08, -0.38, 0.10, 0.06, 0.07, 0.80, 180},
                              {"postcava", -0.14, -0.32, 0.10, 0.07, 0.06, 0.75, 140},
                              {"pancreas", 0.10, 0.02, 0.18, 0.30, 0.08, 0.09, 90},
                              {"right adrenal gland", -0.26, -0.36, 0.30, 0.07, 0.05, 0.07, 85},
                              {"left adrenal gland", 0.27, -0.36, 0.32, 0.07, 0.05, 0.07, 85},
                              {"duodenum", -0.20, 0.06, 0.02, 0.10, 0.10, 0.14, 75},
                              {"bladder", 0.00, 0.20, -0.68, 0.20, 0.20, 0.16, 8},
                              {"prostate/uterus", 0.00, -0.05, -0.84, 0.13, 0.12, 0.10, 60}};
// Large organs first, so that small ones are not covered.
constexpr int drawing_order[15] = {5, 6, 0, 13, 1, 2, 14, 12, 7, 8, 9, 3, 4, 10, 11};

struct Grid {
  torch::Tensor x, y, z;  // body coordinates of the voxels, broadcastable to [D, H, W]
};

Grid body_grid(const Dhw<std::int64_t>& size) {
  const auto axis = [](std::int64_t n) {
    return (torch::arange(n, torch::kFloat32) + 0.5) / (static_cast<double>(n) / 2) - 1;
  };
  return {axis(size[2]).view({1, 1, -1}), axis(size[1]).view({1, -1, 1}),
          axis(size[0]).view({-1, 1, 1})};
}

// Below 1 inside the ellipsoid.
torch::Tensor depth(const Grid& g, const Organ& o) {
  return ((g.x - o.x) / o.rx).square() + ((g.y - o.y) / o.ry).square() +
         ((g.z - o.z) / o.rz).square();
}

// How much of a voxel the ellipsoid fills: a soft edge about a voxel wide.
torch::Tensor coverage(const torch::Tensor& depth, double voxels) {
  return torch::sigmoid((1 - depth.clamp_min(1e-6).sqrt()) * (3 * voxels));
}

Organ varied(Organ o, Random& random) {
  const double scale = random.uniform(0.88, 1.12);
  o.x += random.uniform(-0.03, 0.03);
  o.y += random.uniform(-0.03, 0.03);
  o.z += random.uniform(-0.03, 0.03);
  o.rx *= scale * random.uniform(0.93, 1.07);
  o.ry *= scale * random.uniform(0.93, 1.07);
  o.rz *= scale * random.uniform(0.93, 1.07);
  o.intensity += random.uniform(-12, 12);
  return o;
}

torch::Tensor noise_like(const torch::Tensor& t, double deviation, Random& random) {
  auto generator = at::detail::createCPUGenerator(random.next());
  return torch::randn(t.sizes(), generator, t.options()) * deviation;
}

// Spacing, orientation and origin differ from case to case; arrays stay [D, H, W] of the file.
Geometry geometry_for(const Dhw<std::int64_t>& size, double in_plane_mm, double slice_mm,
                      Random& random) {
  Geometry g;
  g.size = {size[2], size[1], size[0]};
  g.spacing = {in_plane_mm, in_plane_mm, slice_mm};
  // LPS, as the volume's direction is: each file axis points one way or the other.
  const auto sign = [&] { return random.chance(0.5) ? 1.0 : -1.0; };
  const double x = sign(), y = sign(), z = sign();
  g.direction = {x, 0, 0, 0, y, 0, 0, 0, z};
  for (double& o : g.origin) o = std::round(random.uniform(-200, 200));
  return g;
}

// The body's frame has x to the patient's left, y to the front and z to the head; the file's axes
// may point the other way.
torch::Tensor as_file(const torch::Tensor& voxels, const Geometry& g) {
  const bool left = g.direction[0] > 0, back = g.direction[4] > 0, head = g.direction[8] > 0;
  std::vector<std::int64_t> flips;
  if (!head) flips.push_back(voxels.dim() - 3);
  if (back) flips.push_back(voxels.dim() - 2);
  if (!left) flips.push_back(voxels.dim() - 1);
  return flips.empty() ? voxels : voxels.flip(flips);
}

std::string amos_name(std::int64_t i) { return fmt::format("amos_{:04}.nii.gz", i + 1); }

void write_amos_case(const PhantomOptions& options, std::int64_t i, const fs::path& folder) {
  Random random(options.seed, 0, static_cast<std::uint64_t>(i), Purpose::phantom);
  const Grid g = body_grid(options.size);
  const double voxels = static_cast<double>(options.size[2]) / 2;
  const Organ body{"body", 0, 0, 0, random.uniform(0.88, 0.97), random.uniform(0.76, 0.88), 4, 0};
  torch::Tensor image = torch::full({options.size[0], options.size[1], options.size[2]}, -1000.f);
  const torch::Tensor body_depth = depth(g, body);
  image = image + coverage(body_depth, voxels) * 1040;
  image = torch::where((body_depth < 1) & (body_depth > 0.8), image - 110, image);  // fat
  torch::Tensor label = torch::zeros(image.sizes(), torch::kUInt8);
  for (const int k : drawing_order) {
    const Organ o = varied(organs[k], random);
    const torch::Tensor d = depth(g, o), share = coverage(d, voxels * std::min({o.rx, o.ry, o.rz}));
    image = image * (1 - share) + share * o.intensity;
    label.masked_fill_(d < 1, k + 1);
  }
  image = image + noise_like(image, 18, random);
  const Geometry geometry =
      geometry_for(options.size, random.uniform(3.2, 4.2), random.uniform(4, 6), random);
  const std::string name = amos_name(i);
  write_image(folder / "imagesTr" / name, as_file(image, geometry), geometry);
  write_label(folder / "labelsTr" / name, as_file(label, geometry), geometry);
}

void write_brats_case(const PhantomOptions& options, std::int64_t i, const fs::path& folder) {
  Random random(options.seed, 1, static_cast<std::uint64_t>(i), Purpose::phantom);
  const Grid g = body_grid(options.size);
  const double voxels = static_cast<double>(options.size[2]) / 2;
  const torch::Tensor head = coverage(
      depth(g, {"head", 0, 0, 0, random.uniform(0.75, 0.85), random.uniform(0.85, 0.95), 0.9, 0}),
      voxels);
  Organ tumour{"tumour",
               random.uniform(-0.4, 0.4),
               random.uniform(-0.4, 0.4),
               random.uniform(-0.35, 0.35),
               0,
               0,
               0,
               0};
  tumour.rx = random.uniform(0.24, 0.38);
  tumour.ry = random.uniform(0.24, 0.38);
  tumour.rz = random.uniform(0.24, 0.38);
  const torch::Tensor d = depth(g, tumour), oedema = d < 1, rim = d < 0.36, core = d < 0.16;
  torch::Tensor label = torch::zeros(d.sizes(), torch::kUInt8);
  label.masked_fill_(oedema, 2).masked_fill_(rim, 4).masked_fill_(core, 1);
  const std::string id = fmt::format("BraTS-PH-{:05}", i + 1);
  make_folder(folder / id);
  Geometry geometry = geometry_for(options.size, 1, 1, random);
  struct Channel {
    const char* name;
    double tissue, oedema, rim, core;
  };
  for (const Channel& c : {Channel{"flair", 300, 520, 430, 330},
                           {"t1", 400, 340, 330, 260},
                           {"t1ce", 420, 370, 700, 280},
                           {"t2", 320, 560, 450, 480}}) {
    torch::Tensor image = head * c.tissue;
    image = torch::where(oedema, torch::full_like(image, c.oedema), image);
    image = torch::where(rim, torch::full_like(image, c.rim), image);
    image = torch::where(core, torch::full_like(image, c.core), image) * (head > 0.5);
    image = image + noise_like(image, 35, random) * (head > 0.5);
    write_image(folder / id / (id + "_" + c.name + ".nii.gz"), as_file(image, geometry), geometry);
  }
  write_label(folder / id / (id + "_seg.nii.gz"), as_file(label * (head > 0.5), geometry),
              geometry);
}

void check_options(const PhantomOptions& options) {
  for (const std::int64_t n : options.size)
    if (n < 32 || n > 1024)
      fail_config("--size: each of D, H, W must be from 32 to 1024, not {}", n);
  if (options.cases < 1) fail_config("--cases must be at least 1, not {}", options.cases);
}

// The first volume or description in `folder` that is not one of `own`, relative to it; "" where
// there is none.
fs::path other_data(const fs::path& folder, const std::set<fs::path>& own) {
  if (fs::exists(folder / "dataset.json")) return "dataset.json";
  if (!fs::is_directory(folder)) return "";
  for (const auto& part : fs::directory_iterator(folder)) {
    if (!part.is_directory()) continue;
    for (const auto& entry : fs::directory_iterator(part)) {
      const fs::path file = part.path().filename() / entry.path().filename();
      if (!stem_of(file).empty() && !own.contains(file)) return file;
    }
  }
  return "";
}

void refuse_other_data(const fs::path& folder, const std::set<fs::path>& own = {}) {
  if (const fs::path file = other_data(folder, own); !file.empty())
    fail_config("{}: already holds a data set ({}); choose another folder, or remove this one",
                folder.string(), file.string());
}

void write_cases(const PhantomOptions& options, const std::function<void(std::int64_t)>& one) {
  Progress progress("writing the phantom", "cases", options.cases);
  parallel_for(options.cases, 0, [&](std::int64_t i) {
    one(i);
    progress.advance();
  });
}

}  // namespace

void write_amos_phantom(const PhantomOptions& options, const fs::path& folder) {
  check_options(options);
  std::set<fs::path> own;
  for (std::int64_t i = 0; i < options.cases; ++i)
    own.insert({fs::path("imagesTr") / amos_name(i), fs::path("labelsTr") / amos_name(i)});
  refuse_other_data(folder, own);
  make_folder(folder / "imagesTr");
  make_folder(folder / "labelsTr");
  write_cases(options, [&](std::int64_t i) { write_amos_case(options, i, folder); });
  nlohmann::json j = {{"name", "AMOS-like phantom"},
                      {"modality", {{"0", "CT"}}},
                      {"file_ending", ".nii.gz"},
                      {"numTraining", options.cases}};
  j["labels"]["0"] = "background";
  for (int k = 0; k < 15; ++k) j["labels"][std::to_string(k + 1)] = organs[k].name;
  write_file(folder / "dataset.json", j.dump(1) + "\n");
}

void write_brats_phantom(const PhantomOptions& options, const fs::path& folder) {
  check_options(options);
  refuse_other_data(folder);
  make_folder(folder);
  write_cases(options, [&](std::int64_t i) { write_brats_case(options, i, folder); });
}

}  // namespace seg
