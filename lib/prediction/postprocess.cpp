#include "prediction/postprocess.h"

#include "core/error.h"
#include "core/parallel.h"
#include "core/signals.h"
#include "image/itk_error.h"

#include <itkBinaryImageToLabelMapFilter.h>
#include <itkImportImageFilter.h>

#include <algorithm>
#include <array>
#include <mutex>

namespace seg {
namespace {

using Mask = itk::Image<std::uint8_t, 3>;
using Component = itk::LabelObject<itk::SizeValueType, 3>;
using ComponentMap = itk::LabelMap<Component>;

// Voxels begin .. end - 1 of [D, H, W].
struct ClassBox {
  std::array<std::int64_t, 3> begin = {INT64_MAX, INT64_MAX, INT64_MAX}, end = {0, 0, 0};

  void add(const std::array<std::int64_t, 3>& first, const std::array<std::int64_t, 3>& behind) {
    for (std::size_t a = 0; a < 3; ++a) {
      begin[a] = std::min(begin[a], first[a]);
      end[a] = std::max(end[a], behind[a]);
    }
  }
  bool empty() const { return end[0] == 0; }
  torch::Tensor of(torch::Tensor voxels) const {
    for (std::int64_t a = 0; a < 3; ++a)
      voxels =
          voxels.slice(a, begin[static_cast<std::size_t>(a)], end[static_cast<std::size_t>(a)]);
    return voxels;
  }
};
using ClassBoxes = std::array<ClassBox, 256>;

void add_slice(const std::uint8_t* slice, std::int64_t z, std::int64_t rows, std::int64_t width,
               ClassBoxes& boxes) {
  for (std::int64_t y = 0; y < rows; ++y) {
    const std::uint8_t* row = slice + y * width;
    for (std::int64_t x = 0; x < width;) {
      const std::int64_t begin = x;
      while (++x < width && row[x] == row[begin]) {
      }
      if (row[begin] != 0) boxes[row[begin]].add({z, y, begin}, {z + 1, y + 1, x});
    }
  }
}

// Of each class but the background.
ClassBoxes boxes_of(const torch::Tensor& labels, int threads) {
  ClassBoxes all;
  std::mutex mutex;
  const std::int64_t rows = labels.size(1), width = labels.size(2);
  const auto* voxels = labels.const_data_ptr<std::uint8_t>();
  parallel_for(labels.size(0), threads, [&](std::int64_t z) {
    ClassBoxes boxes;
    add_slice(voxels + z * rows * width, z, rows, width, boxes);
    const std::lock_guard lock(mutex);
    for (std::size_t c = 0; c < boxes.size(); ++c)
      if (!boxes[c].empty()) all[c].add(boxes[c].begin, boxes[c].end);
  });
  return all;
}

// The components of the voxels that are `value`, as runs along x.
ComponentMap::Pointer components_of(const torch::Tensor& box, std::uint8_t value, bool by_corners,
                                    int threads) {
  const auto import = itk::ImportImageFilter<std::uint8_t, 3>::New();
  itk::ImageRegion<3> region;
  for (unsigned a = 0; a < 3; ++a)
    region.SetSize(a, static_cast<itk::SizeValueType>(box.size(2 - static_cast<int>(a))));
  import->SetRegion(region);
  constexpr bool itk_frees_it = false;
  import->SetImportPointer(const_cast<std::uint8_t*>(box.const_data_ptr<std::uint8_t>()),
                           region.GetNumberOfPixels(), itk_frees_it);
  const auto filter = itk::BinaryImageToLabelMapFilter<Mask, ComponentMap>::New();
  filter->SetInput(import->GetOutput());
  filter->SetInputForegroundValue(value);
  filter->SetFullyConnected(by_corners);
  filter->SetNumberOfWorkUnits(
      static_cast<itk::ThreadIdType>(threads > 0 ? threads : available_cores()));
  try {
    filter->Update();
  } catch (const itk::ExceptionObject& e) {
    fail("the components of a class cannot be found ({})", itk_reason(e));
  }
  ComponentMap::Pointer map = filter->GetOutput();
  map->DisconnectPipeline();
  return map;
}

// Calls work(first voxel of the run, its length) for every run of a component, `voxels` being those
// of the box within the volume.
template <class F>
void each_run(const Component& component, const torch::Tensor& voxels, F work) {
  auto* first = voxels.data_ptr<std::uint8_t>();
  for (itk::SizeValueType i = 0; i < component.GetNumberOfLines(); ++i) {
    const auto& line = component.GetLine(i);
    const auto& at = line.GetIndex();
    work(first + at[2] * voxels.stride(0) + at[1] * voxels.stride(1) + at[0], line.GetLength());
  }
}

std::array<std::int64_t, 3> first_voxel(const Component& component) {
  const auto& at = component.GetLine(0).GetIndex();  // runs are in C order
  return {at[2], at[1], at[0]};
}

const Component* largest_of(const ComponentMap& map) {
  const Component* largest = nullptr;
  itk::SizeValueType most = 0;
  for (ComponentMap::ConstIterator it(&map); !it.IsAtEnd(); ++it) {
    const Component* component = it.GetLabelObject();
    const itk::SizeValueType size = component->Size();
    if (!largest || size > most ||
        (size == most && first_voxel(*component) < first_voxel(*largest))) {
      largest = component;
      most = size;
    }
  }
  return largest;
}

// Whether a component within a box reaches the box's faces, along those axes x, y, z that count.
bool reaches_border(const Component& component, const torch::Tensor& box,
                    const std::array<bool, 3>& counts) {
  for (itk::SizeValueType i = 0; i < component.GetNumberOfLines(); ++i) {
    const auto& line = component.GetLine(i);
    const auto& at = line.GetIndex();
    const std::array<std::int64_t, 3> behind = {at[0] + static_cast<std::int64_t>(line.GetLength()),
                                                at[1] + 1, at[2] + 1};
    for (unsigned a = 0; a < 3; ++a)
      if (counts[a] && (at[a] == 0 || behind[a] == box.size(2 - static_cast<std::int64_t>(a))))
        return true;
  }
  return false;
}

// Calls work(class, its box) for each of the classes that is there, lowest first.
template <class F>
void each_class(const torch::Tensor& labels, std::vector<std::int64_t> classes, int threads,
                F work) {
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  const ClassBoxes boxes = boxes_of(labels, threads);
  for (const std::int64_t c : classes) {
    throw_if_stopped();
    if (c < 1 || c > 255) fail("class {} is not one of 1 to 255", c);
    const ClassBox& box = boxes[static_cast<std::size_t>(c)];
    if (!box.empty()) work(static_cast<std::uint8_t>(c), box);
  }
}

}  // namespace

torch::Tensor keep_largest(const torch::Tensor& labels, const std::vector<std::int64_t>& classes,
                           int threads) {
  const torch::Tensor out = labels.clone(torch::MemoryFormat::Contiguous);
  each_class(out, classes, threads, [&](std::uint8_t c, const ClassBox& box) {
    const torch::Tensor voxels = box.of(out), copy = voxels.contiguous();
    const auto map = components_of(copy, c, true, threads);
    const Component* largest = largest_of(*map);
    for (ComponentMap::ConstIterator it(map); !it.IsAtEnd(); ++it)
      if (it.GetLabelObject() != largest)
        each_run(*it.GetLabelObject(), voxels,
                 [](std::uint8_t* run, std::size_t length) { std::fill_n(run, length, 0); });
  });
  return out;
}

torch::Tensor fill_holes(const torch::Tensor& labels, const std::vector<std::int64_t>& classes,
                         int threads) {
  const torch::Tensor out = labels.clone(torch::MemoryFormat::Contiguous);
  const std::array<bool, 3> counts = {out.size(2) > 1, out.size(1) > 1, out.size(0) > 1};
  // Outside its box nothing of the class is in the way: what reaches the box's faces reaches the
  // volume's border. (itk::BinaryFillholeImageFilter measures every component, voxel by voxel, to
  // tell that it has none there.)
  each_class(out, classes, threads, [&](std::uint8_t c, const ClassBox& box) {
    const torch::Tensor voxels = box.of(out);
    const torch::Tensor outside = voxels.ne(c).view(torch::kUInt8);
    const auto map = components_of(outside, 1, false, threads);
    for (ComponentMap::ConstIterator it(map); !it.IsAtEnd(); ++it)
      if (!reaches_border(*it.GetLabelObject(), outside, counts))
        each_run(*it.GetLabelObject(), voxels, [&](std::uint8_t* run, std::size_t length) {
          std::replace(run, run + length, std::uint8_t{0}, c);
        });
  });
  return out;
}

}  // namespace seg
