#include "loader/spatial.h"

#include "core/ignore.h"

#include <torch/types.h>

#include <cmath>
#include <numbers>

namespace seg {
namespace {

struct Turn {
  double c, s;
  explicit Turn(double degrees)
      : c(std::cos(degrees * std::numbers::pi / 180)),
        s(std::sin(degrees * std::numbers::pi / 180)) {}
};

double middle(std::int64_t n) { return static_cast<double>(n - 1) / 2; }

// Voxel indices minus the middle, along dimension `d` of `dims` dimensions.
torch::Tensor offsets(std::int64_t n, int d, int dims, torch::TensorOptions options) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(dims), 1);
  shape[static_cast<std::size_t>(d)] = n;
  return (torch::arange(n, options) - middle(n)).view(shape);
}

torch::Tensor inside(const torch::Tensor& position, std::int64_t n, double tolerance) {
  return (position >= -tolerance) & (position <= static_cast<double>(n - 1) + tolerance);
}

torch::Tensor lowest(const torch::Tensor& image) { return image.amin({1, 2, 3}, /*keepdim=*/true); }

// Every slice alike: bilinear in the plane.
Patch rotate_slices(const Patch& patch, double degrees) {
  const std::int64_t C = patch.image.size(0), D = patch.image.size(1), H = patch.image.size(2),
                     W = patch.image.size(3);
  const Turn t(degrees);
  const auto options = patch.image.options().dtype(torch::kFloat64);
  const torch::Tensor rows = offsets(H, 0, 2, options), columns = offsets(W, 1, 2, options);
  torch::Tensor row = (t.c * rows - t.s * columns + middle(H)).flatten(),
                column = (t.s * rows + t.c * columns + middle(W)).flatten();
  const torch::Tensor within = inside(row, H, 1e-6) & inside(column, W, 1e-6);
  row = row.clamp(0, static_cast<double>(H - 1));
  column = column.clamp(0, static_cast<double>(W - 1));
  const torch::Tensor r0 = row.floor(), c0 = column.floor();
  const torch::Tensor wr = (row - r0).to(torch::kFloat32), wc = (column - c0).to(torch::kFloat32);
  const auto index = [&](const torch::Tensor& r, const torch::Tensor& c) {
    return (r.clamp_max(static_cast<double>(H - 1)) * W + c.clamp_max(static_cast<double>(W - 1)))
        .to(torch::kInt64);
  };
  const torch::Tensor slices = patch.image.contiguous().view({C * D, H * W});
  const auto gather = [&](const torch::Tensor& r, const torch::Tensor& c) {
    return slices.index_select(1, index(r, c));
  };
  const torch::Tensor top = torch::lerp(gather(r0, c0), gather(r0, c0 + 1), wc),
                      bottom = torch::lerp(gather(r0 + 1, c0), gather(r0 + 1, c0 + 1), wc);
  const torch::Tensor image = torch::lerp(top, bottom, wr).view({C, D, H, W});
  const torch::Tensor nearest = index((row + 0.5).floor(), (column + 0.5).floor());
  const torch::Tensor label = patch.label.contiguous().view({D, H * W}).index_select(1, nearest);
  return {torch::where(within.view({1, 1, H, W}), image, lowest(patch.image)),
          label.masked_fill(within.logical_not().view({1, H * W}), kIgnore).view({D, H, W})};
}

// Control points along an axis of so many voxels.
std::int64_t control_points(std::int64_t voxels, double spacing) {
  return static_cast<std::int64_t>(static_cast<double>(voxels - 1) / spacing) + 4;
}

// Values of the cubic B-spline's basis at every voxel: float64 [voxels, control points].
torch::Tensor spline_basis(std::int64_t voxels, double spacing, torch::TensorOptions options) {
  const std::int64_t points = control_points(voxels, spacing);
  const torch::Tensor at = (torch::arange(voxels, options) / spacing).unsqueeze(1);
  const torch::Tensor first =
      at.floor().clamp_max(static_cast<double>(points - 4));  // a GPU may round up to the last
  const torch::Tensor u = at - first, v = 1 - u;
  const std::array<torch::Tensor, 4> values = {v * v * v / 6, (3 * u * u * u - 6 * u * u + 4) / 6,
                                               (3 * v * v * v - 6 * v * v + 4) / 6, u * u * u / 6};
  const torch::Tensor place = torch::arange(points, options) - first;  // [voxels, points]
  torch::Tensor basis = torch::zeros({voxels, points}, options);
  for (std::size_t k = 0; k < values.size(); ++k)
    basis = torch::where(place == static_cast<double>(k), values[k], basis);
  return basis;
}

// Random displacements of the control points, float64 [3, ...]; on their way to a GPU nothing
// waits.
torch::Tensor control_field(const Augmentation& drawn, const Dhw<std::int64_t>& size,
                            torch::Device device) {
  std::vector<std::int64_t> shape = {3};
  for (const std::int64_t n : size) shape.push_back(control_points(n, drawn.elastic_spacing));
  torch::Tensor field =
      torch::empty(shape, torch::TensorOptions(torch::kFloat64).pinned_memory(device.is_cuda()));
  Random random(*drawn.elastic, 0, 0, Purpose::elastic);
  for (std::int64_t i = 0; i < field.numel(); ++i)
    field.data_ptr<double>()[i] = drawn.elastic_magnitude * random.normal();
  return field.to(device, /*non_blocking=*/true);
}

}  // namespace

torch::Tensor displacement(const Augmentation& drawn, const Dhw<std::int64_t>& size,
                           torch::Device device) {
  const auto options = torch::TensorOptions(device).dtype(torch::kFloat64);
  std::array<torch::Tensor, 3> basis;
  for (std::size_t d = 0; d < 3; ++d)
    basis[d] = spline_basis(size[d], drawn.elastic_spacing, options);
  torch::Tensor field = control_field(drawn, size, device);
  field = torch::matmul(field, basis[2].t());  // [3, d, h, W]
  field = torch::matmul(basis[1], field);      // [3, d, H, W]
  const std::int64_t HW = size[1] * size[2];
  field = torch::matmul(basis[0],
                        field.view({3, field.size(1), HW}));  // [3, D, H W], double: free of TF32
  return field.view({3, size[0], size[1], size[2]}).to(torch::kFloat32);
}

Patch resample_volume(const Patch& patch, const Augmentation& drawn) {
  const std::int64_t D = patch.image.size(1), H = patch.image.size(2), W = patch.image.size(3);
  const auto options = patch.image.options();
  const Turn t(drawn.degrees);
  const torch::Tensor depths = offsets(D, 0, 3, options), rows = offsets(H, 1, 3, options),
                      columns = offsets(W, 2, 3, options);
  std::array<torch::Tensor, 3> at = {
      (depths / drawn.scaling + middle(D)).expand({D, H, W}),
      ((t.c * rows - t.s * columns) / drawn.scaling + middle(H)).expand({D, H, W}),
      ((t.s * rows + t.c * columns) / drawn.scaling + middle(W)).expand({D, H, W})};
  if (drawn.elastic) {
    const torch::Tensor field = displacement(drawn, {D, H, W}, patch.image.device());
    for (int d = 0; d < 3; ++d)
      at[static_cast<std::size_t>(d)] = at[static_cast<std::size_t>(d)] + field[d];
  }
  torch::Tensor within = torch::ones({1, 1, 1}, options.dtype(torch::kBool)),
                nearest = torch::zeros({1, 1, 1}, options.dtype(torch::kInt64));
  std::array<torch::Tensor, 3> normalised;  // -1 .. 1 from the first voxel to the last
  for (std::size_t d = 0; d < 3; ++d) {
    const std::int64_t n = patch.label.size(static_cast<std::int64_t>(d));
    const auto last = static_cast<double>(n - 1);
    within = within & inside(at[d], n, 1e-4);
    nearest = nearest * n + (at[d] + 0.5).floor().clamp(0, last).to(torch::kInt64);
    normalised[d] = at[d] * (2 / std::max(1.0, last)) - 1;
  }
  const torch::Tensor grid =
      torch::stack({normalised[2], normalised[1], normalised[0]}, -1).unsqueeze(0);
  const torch::Tensor image = torch::grid_sampler(patch.image.unsqueeze(0), grid, /*bilinear*/ 0,
                                                  /*border*/ 1, /*align_corners=*/true)[0];
  const torch::Tensor label =
      patch.label.contiguous().view({-1}).index_select(0, nearest.view({-1})).view({D, H, W});
  return {torch::where(within.unsqueeze(0), image, lowest(patch.image)),
          label.masked_fill(within.logical_not(), kIgnore)};
}

Patch resample_spatially(const Patch& patch, const Augmentation& drawn) {
  if (drawn.scaling != 1 || drawn.elastic) return resample_volume(patch, drawn);
  return drawn.degrees == 0 ? patch : rotate_slices(patch, drawn.degrees);
}

}  // namespace seg
