#include "report/picture.h"

#include "contour/contour.h"
#include "core/error.h"
#include "core/files.h"
#include "core/ignore.h"
#include "report/palette.h"

#include <png.h>
#include <torch/types.h>

namespace seg {
namespace {

// uint8 [256, 3]: the colour of each label value.
torch::Tensor colours() {
  torch::Tensor table = torch::zeros({256, 3}, torch::kUInt8);
  auto at = table.accessor<std::uint8_t, 2>();
  for (int value = 1; value < kIgnore; ++value) {
    const Colour colour = class_colour(value);
    at[value][0] = colour.red;
    at[value][1] = colour.green;
    at[value][2] = colour.blue;
  }
  return table;
}

torch::Tensor coloured(const torch::Tensor& label) {
  return colours()
      .index_select(0, label.flatten().to(torch::kInt64))
      .view({label.size(0), label.size(1), 3});
}

torch::Tensor labelled(const torch::Tensor& label) { return (label > 0) & (label < kIgnore); }

// A PNG file; PNG_IMAGE_FLAG_FAST does without the filters, which make noise longer.
std::string encoded(const torch::Tensor& picture, png_uint_32 flags) {
  const torch::Tensor rows = picture.contiguous();
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.flags = flags;
  image.format = rows.dim() == 2 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  image.height = static_cast<png_uint_32>(rows.size(0));
  image.width = static_cast<png_uint_32>(rows.size(1));
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string bytes(size, '\0');
  if (!png_image_write_to_memory(&image, bytes.data(), &size, 0, rows.data_ptr(), 0, nullptr))
    fail("a picture of {} x {} pixels cannot be made into a PNG ({})", rows.size(1), rows.size(0),
         image.message);
  bytes.resize(size);
  return bytes;
}

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
  return scaled.nan_to_num(0)
      .clamp(0, 255)
      .round()
      .to(torch::kUInt8)
      .unsqueeze(-1)
      .expand({-1, -1, 3})
      .contiguous();
}

GreyWindow grey_window(const torch::Tensor& values, const torch::Tensor& label) {
  const torch::Tensor finite = values.isfinite();
  torch::Tensor shown = values.masked_select(labelled(label) & finite);
  if (shown.numel() < 100) shown = values.masked_select(finite);
  if (shown.numel() == 0) return {};
  shown = std::get<0>(shown.sort());
  const std::int64_t last = shown.numel() - 1;
  const double low = shown[last / 50].item<double>(), high = shown[last - last / 50].item<double>();
  return {low - 0.5 * (high - low), high + 0.25 * (high - low)};
}

Picture slice_in_grey(const torch::Tensor& image, const torch::Tensor& label, std::int64_t z) {
  const torch::Tensor slice = axial(image, z)[0].contiguous();
  const GreyWindow window = grey_window(slice, axial(label, z));
  return grey(slice, window.black, window.white);
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
  const std::int64_t k = picture.size(0) / label.size(0);
  const torch::Tensor fine = enlarged(label, k);
  ContourConfig line;
  line.iterations = std::max<std::int64_t>(1, k / 3);
  const torch::Tensor edge = contour_map(fine.view({1, 1, picture.size(0), picture.size(1)}),
                                         kMostClasses, line)[0][0] != 0;
  return torch::where((edge & labelled(fine)).unsqueeze(-1), coloured(fine), picture);
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

std::string png_bytes(const torch::Tensor& picture) {
  const std::string filtered = encoded(picture, 0);
  std::string plain = encoded(picture, PNG_IMAGE_FLAG_FAST);
  return plain.size() < filtered.size() ? plain : filtered;
}

void write_png(const std::filesystem::path& path, const Picture& picture) {
  write_file(path, png_bytes(picture));
}

}  // namespace seg
