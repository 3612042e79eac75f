#include "data/starter.h"

#include "core/error.h"
#include "core/parallel.h"
#include "core/text.h"
#include "data/layouts.h"
#include "data/volume_names.h"
#include "image/nifti.h"
#include "image/orientation.h"

#include <torch/types.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <set>

namespace seg {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_read = 50;  // label files that are looked into

// What follows the folder's own name in its volumes' names: "_flair", "-t1n".
std::set<std::string> suffixes_of(const fs::path& folder) {
  std::set<std::string> suffixes;
  const std::string id = folder.filename().string();
  for (const auto& entry : fs::directory_iterator(folder))
    if (const std::string stem = stem_of(entry.path());
        stem.starts_with(id) && stem.size() > id.size())
      suffixes.insert(stem.substr(id.size()));
  return suffixes;
}

// Label files that data.layout: case_folders would take for a channel.
void refuse_other_labels(const std::set<std::string>& suffixes, const fs::path& root) {
  if (suffixes.contains("_seg") || suffixes.contains("-seg")) return;
  for (const char* other : {"_mask", "-mask", "_label", "-label"})
    if (suffixes.contains(other))
      fail_data(
          "{}: has files that end in '{}', but data.layout: case_folders expects labels to end in "
          "'_seg'; rename them",
          root.string(), other);
}

// The channels that every case folder of `root` has; empty where it holds no such folders.
Pairs folder_channels(const fs::path& root) {
  std::set<std::string> common, any;
  for (const auto& entry : fs::directory_iterator(root)) {
    if (!entry.is_directory() || entry.path().filename().string().starts_with(".")) continue;
    const auto own = suffixes_of(entry.path());
    if (own.empty()) continue;
    if (any.empty())
      common = own;
    else
      std::erase_if(common, [&](const std::string& s) { return !own.contains(s); });
    any.insert(own.begin(), own.end());
  }
  refuse_other_labels(any, root);
  Pairs channels;
  for (const std::string& suffix : common)
    if (suffix != "_seg" && suffix != "-seg")
      channels.emplace_back(suffix.substr(suffix.find_first_not_of("_-.")), suffix);
  return channels;
}

bool has_label(const fs::path& root, const std::string& name) {
  return existing(root / "labelsTr" / name).has_value();
}

// channel_0, channel_1 ... as NAME_0000, NAME_0001 of labelled cases count them; empty for one
// channel.
Pairs numbered_channels(const fs::path& root) {
  int last = 0;
  for (const auto& entry : fs::directory_iterator(root / "imagesTr")) {
    const std::string stem = stem_of(entry.path());
    const auto numbered = numbered_name(stem);
    if (numbered && has_label(root, numbered->name) && !has_label(root, stem))
      last = std::max(last, numbered->number);
  }
  Pairs channels;
  for (int n = 0; last > 0 && n <= last; ++n)
    channels.emplace_back(fmt::format("channel_{}", n), "");
  return channels;
}

DataConfig recognised(const fs::path& root) {
  if (!fs::is_directory(root)) fail_data("{}: is no folder; name the data set's", root.string());
  DataConfig config;
  config.root.text = fs::weakly_canonical(root).string();
  if (!is_utf8(config.root.text))
    fail_data("{}: its path is not UTF-8, as a configuration is; rename the folder",
              config.root.text);
  if (config.root.text.find("${") != std::string::npos)
    fail_data(
        "{}: its path holds '${{', which a configuration takes for a variable; rename the folder",
        config.root.text);
  if (fs::is_directory(root / "imagesTr")) {
    if (!fs::exists(root / "dataset.json")) config.channels = numbered_channels(root);
    return config;
  }
  config.layout = Layout::case_folders;
  config.channels = folder_channels(root);
  if (!config.channels.empty()) return config;
  config.layout = Layout::csv;
  for (const auto& entry : fs::directory_iterator(root))
    if (entry.path().extension() == ".csv") return config;
  fail_data(
      "{}: has no imagesTr/, no case folders with volumes named after them, and no CSV file; "
      "arrange it as one of data.layout",
      root.string());
}

// Every value of the first label files but 0.
std::set<int> label_values(const std::vector<Case>& cases) {
  std::vector<fs::path> files;
  for (const Case& c : cases)
    if (!c.label.empty() && files.size() < most_read) files.push_back(c.label);
  if (files.empty()) fail_data("no case has a label file, so there is nothing to train on");
  std::set<int> values;
  std::mutex mutex;
  parallel_for(static_cast<std::int64_t>(files.size()), 0, [&](std::int64_t i) {
    const torch::Tensor counts =
        torch::bincount(read_label(files[static_cast<std::size_t>(i)]).voxels.flatten());
    const std::lock_guard lock(mutex);
    for (std::int64_t v = 1; v < counts.size(0); ++v)
      if (counts[v].item<std::int64_t>() > 0) values.insert(static_cast<int>(v));
  });
  return values;
}

// The data set with its labels described: by itself, else by numbers.
Dataset described(DataConfig& config) {
  if (config.layout == Layout::dataset_json) {
    try {
      return find_dataset(config);
    } catch (const Error&) {  // no dataset.json, or one without labels
    }
  }
  config.labels = {{"1", "label_1"}};
  const std::set<int> values = label_values(find_dataset(config).cases);
  config.labels.clear();
  for (const int v : values)
    config.labels.emplace_back(std::to_string(v), fmt::format("label_{}", v));
  return find_dataset(config);
}

double median(std::vector<double> v) {
  std::nth_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2), v.end());
  return v[v.size() / 2];
}

struct MedianGrid {
  Dhw<double> spacing, size;  // D, H, W: mm and voxels
};

// Median spacing, rounded to a twentieth of a millimetre, and the median extent in such voxels.
MedianGrid median_grid(const std::vector<Case>& cases) {
  std::array<std::vector<double>, 3> spacing, extent;
  for (const Case& c : cases) {
    const Geometry g = read_geometry(c.channels[0]);
    const Orientation o = canonical_orientation(g);
    for (std::size_t a = 0; a < 3; ++a) {
      const auto axis = static_cast<std::size_t>(o.source[a]);
      spacing[2 - a].push_back(g.spacing[axis]);
      extent[2 - a].push_back(g.spacing[axis] * static_cast<double>(g.size[axis]));
    }
  }
  MedianGrid grid{};
  for (std::size_t d = 0; d < 3; ++d) {
    grid.spacing[d] = std::max(0.05, std::round(median(spacing[d]) * 20) / 20);
    grid.size[d] = median(extent[d]) / grid.spacing[d];
  }
  return grid;
}

// A multiple of 16, at most `most` and about the volume.
std::int64_t patch_size(double voxels, std::int64_t most) {
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::ceil(voxels / 16)) * 16, 32, most);
}

std::string quoted(const std::string& text) {
  YAML::Emitter out;
  out << YAML::DoubleQuoted << text;
  return out.c_str();
}

std::string data_section(const DataConfig& config, const Dataset& dataset) {
  std::string text = fmt::format("data:\n  root: {}\n  layout: {}\n", quoted(config.root.text),
                                 word_of(config.layout));
  if (config.layout == Layout::case_folders) {
    text += "  channels:\n";
    for (const auto& [name, suffix] : config.channels)
      text += fmt::format("    {}: {}\n", quoted(name), quoted(suffix));
  } else if (!config.channels.empty()) {
    text += "  # Channels of NAME_0000, NAME_0001 ... in order. Name them.\n  channels:\n";
    for (const auto& channel : config.channels) text += fmt::format("    - {}\n", channel.first);
  }
  if (config.labels.empty()) {
    text += "  # Classes, as dataset.json says:";
    for (const std::string& name : dataset.labels.classes) text += " " + quoted(name) + ",";
    text.back() = '\n';
  } else {
    text +=
        "  # Values found in the label files. Name them; several values may share a name, and "
        "'ignore' leaves voxels out.\n  labels:\n";
    for (const auto& [value, name] : config.labels)
      text += fmt::format("    {}: {}\n", value, name);
  }
  const bool own_split = std::any_of(dataset.cases.begin(), dataset.cases.end(),
                                     [](const Case& c) { return c.part == SplitPart::train; });
  if (!own_split) text += "  split: {train: 0.8, validation: 0.2, seed: 0}\n";
  return text + "  sampling: random\n";
}

}  // namespace

std::string starter_yaml(const fs::path& root) {
  DataConfig config = recognised(root);
  const Dataset dataset = described(config);
  if (std::none_of(dataset.cases.begin(), dataset.cases.end(),
                   [](const Case& c) { return !c.label.empty(); }))
    fail_data("{}: no case has a label file, so there is nothing to train on", root.string());
  const MedianGrid g = median_grid(dataset.cases);
  return fmt::format(
             "# A first configuration for {} ({} cases), written by segprep init. `segtrain "
             "--config-reference` explains every key.\n",
             quoted(dataset.name), dataset.cases.size()) +
         data_section(config, dataset) +
         fmt::format("prep:\n  spacing: [{:g}, {:g}, {:g}]  # mm D, H, W: the data set's median\n",
                     g.spacing[0], g.spacing[1], g.spacing[2]) +
         "augmentation:\n  flip_probability: 0  # mirrored, paired organs are the other side's; "
         "0.2 where there are none\n" +
         "loss: {name: CWCD}\nmodel: {name: unet, base_channels: 16}\n" +
         fmt::format("training:\n  epochs: 50\n  steps_per_epoch: 250\n  patch: [{}, {}, {}]\n",
                     patch_size(g.size[0], 64), patch_size(g.size[1], 128),
                     patch_size(g.size[2], 128));
}

}  // namespace seg
