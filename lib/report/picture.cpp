#include "report/picture.h"

#include "contour/contour.h"
#include "core/error.h"
#include "core/files.h"
#include "core/ignore.h"

#include <png.h>
#include <torch/types.h>

namespace seg {
namespace {

// Of class 1, 2, ...; from 16 on they begin anew.
constexpr std::uint8_t palette[15][3] = {
    {230, 60, 60},  {60, 180, 75},   {70, 110, 255}, {255, 225, 25},  {0, 210, 210},
    {245, 130, 48}, {145, 60, 200},  {240, 50, 230}, {170, 255, 60},  {250, 160, 180},
    {0, 140, 130},  {200, 150, 255}, {170, 110, 40}, {255, 250, 200}, {150, 150, 0}};

// uint8 [256, 3]: the colour of each label value.
torch::Tensor colours() {
  torch::Tensor table = torch::zeros({256, 3}, torch::kUInt8);
  auto at = table.accessor<std::uint8_t, 2>();
  for (int value = 1; value < kIgnore; ++value)
    for (int c = 0; c < 3; ++c) at[value][c] = palette[(value - 1) % 15][c];
  return table;
}

torch::Tensor coloured(const torch::Tensor& label) {
  return colours()
      .index_select(0, label.flatten().to(torch::kInt64))
      .view({label.size(0), label.size(1), 3});
}

torch::Tensor labelled(const torch::Tensor& label) { return (label > 0) & (label < kIgnore); }

}  // namespace

torch::Tensor axial(const torch::Tensor& volume, std::int64_t z) {
  const std::int64_t d = volume.dim() - 3;
  return volume.select(d, z).flip({d, d + 1});
}

std::int64_t slice_of_most_classes(const torch::Tensor& label) {
  const std::int64_t D = label.size(0);
  std::int64_t best = D / 2, most_classes = 0, most_voxels = 0;
  for (std::int64_t z = 0; z < D; ++z) {
    const torch::Tensor counts =
        torch::bincount(label[z].flatten().to(torch::kInt64), {}, 256).slice(0, 1, kIgnore);
    const auto classes = (counts > 0).sum().item<std::int64_t>(),
               voxels = counts.sum().item<std::int64_t>();
    if (std::pair(classes, voxels) > std::pair(most_classes, most_voxels)) {
      best = z;
      most_classes = classes;
      most_voxels = voxels;
    }
  }
  return best;
}

Picture grey(const torch::Tensor& slice, double low, double high) {
  const torch::Tensor scaled =
      (slice.to(torch::kFloat32) - low) * (255 / std::max(high - low, 1e-12));
  return scaled.clamp(0, 255)
      .round()
      .to(torch::kUInt8)
      .unsqueeze(-1)
      .expand({-1, -1, 3})
      .contiguous();
}

Picture slice_in_grey(const torch::Tensor& image, const torch::Tensor& label, std::int64_t z) {
  const torch::Tensor slice = axial(image, z)[0].contiguous(), classes = axial(label, z);
  torch::Tensor values = slice.masked_select((classes > 0) & (classes < kIgnore));
  if (values.numel() < 100) values = slice.flatten();
  values = std::get<0>(values.sort());
  const std::int64_t last = values.numel() - 1;
  const double low = values[last / 50].item<double>(),
               high = values[last - last / 50].item<double>();
  return grey(slice, low - 0.5 * (high - low), high + 0.25 * (high - low));
}

std::int64_t enlargement(const Picture& picture) {
  const std::int64_t side = std::max(picture.size(0), picture.size(1));
  return std::clamp<std::int64_t>(360 / side, 1, 6);
}

Picture painted(const Picture& picture, const torch::Tensor& label, double opacity) {
  const torch::Tensor blend =
      torch::lerp(picture.to(torch::kFloat32), coloured(label).to(torch::kFloat32), opacity);
  return torch::where(labelled(label).unsqueeze(-1), blend.round().to(torch::kUInt8), picture);
}

Picture outlined(const Picture& picture, const torch::Tensor& label) {
  ContourConfig one;
  one.iterations = 1;
  const torch::Tensor edge =
      contour_map(label.contiguous().view({1, 1, label.size(0), label.size(1)}), kMostClasses,
                  one)[0][0] != 0;
  return torch::where((edge & labelled(label)).unsqueeze(-1), coloured(label), picture);
}

Picture enlarged(const Picture& picture, std::int64_t k) {
  return picture.repeat_interleave(k, 0).repeat_interleave(k, 1);
}

Picture sheet(const std::vector<Picture>& pictures, std::int64_t columns) {
  constexpr std::int64_t gap = 4;
  const auto count = static_cast<std::int64_t>(pictures.size());
  const std::int64_t rows = (count + columns - 1) / columns, h = pictures.at(0).size(0),
                     w = pictures[0].size(1);
  Picture all =
      torch::full({rows * (h + gap) - gap, columns * (w + gap) - gap, 3}, 255, torch::kUInt8);
  for (std::int64_t i = 0; i < count; ++i)
    all.narrow(0, i / columns * (h + gap), h)
        .narrow(1, i % columns * (w + gap), w)
        .copy_(pictures[static_cast<std::size_t>(i)]);
  return all;
}

void write_png(const std::filesystem::path& path, const Picture& picture) {
  const torch::Tensor rows = picture.contiguous();
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.format = PNG_FORMAT_RGB;
  image.height = static_cast<png_uint_32>(rows.size(0));
  image.width = static_cast<png_uint_32>(rows.size(1));
  write_beside(path, [&](const std::filesystem::path& temporary) {
    if (!png_image_write_to_file(&image, temporary.c_str(), 0, rows.data_ptr(), 0, nullptr))
      fail("{}: cannot be written ({}); check the folder's rights and free space", path.string(),
           image.message);
  });
}

}  // namespace seg
