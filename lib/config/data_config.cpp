#include "config/data_config.h"

#include <fmt/format.h>

namespace seg {
namespace {

void read_part(const YAML::Node& node, const std::string& name, SplitConfig::Part& part) {
  try {
    if (node.IsSequence())
      read_value(node, {}, part.ids);
    else
      read_value(node, at_least(0), part.amount);
  } catch (const std::string& what) {
    throw fmt::format("has '{}', which {} (a count, a fraction below 1 or a list of case ids)",
                      name, what);
  }
  if (part.amount >= 1 &&
      part.amount != static_cast<double>(static_cast<std::int64_t>(part.amount)))
    throw fmt::format("has '{}', which must be a whole count or a fraction below 1, not {}", name,
                      part.amount);
}

YAML::Node write_part(const SplitConfig::Part& part) {
  return part.ids.empty() ? write_value(part.amount) : write_value(part.ids);
}

}  // namespace

void read_value(const YAML::Node& node, const Rule& rule, SplitConfig& value) {
  if (node.IsScalar() || node.IsNull()) return read_value(node, rule, value.file);
  if (!node.IsMap())
    throw std::string("must be a JSON file, or a map of train, validation and test");
  for (const auto& item : node) {
    const std::string name = item.first.Scalar();
    if (name == "train")
      read_part(item.second, name, value.train);
    else if (name == "validation")
      read_part(item.second, name, value.validation);
    else if (name == "test")
      read_part(item.second, name, value.test);
    else if (name == "seed")
      read_value(item.second, at_least(0), value.seed);
    else if (name == "folds")
      read_value(item.second, at_least(2), value.folds);
    else
      throw fmt::format("has the unknown key '{}' (known: train, validation, test, seed, folds)",
                        name);
  }
}

YAML::Node write_value(const SplitConfig& value) {
  if (!value.file.empty()) return write_value(value.file);
  YAML::Node node(YAML::NodeType::Map);
  node["train"] = write_part(value.train);
  node["validation"] = write_part(value.validation);
  node["test"] = write_part(value.test);
  node["seed"] = value.seed;
  if (value.folds > 0) node["folds"] = value.folds;
  node.SetStyle(YAML::EmitterStyle::Flow);
  return node;
}

std::string type_name(const SplitConfig&) {
  return "JSON file, or map of train, validation, test, seed, folds";
}

void DataConfig::describe(Fields& fields) {
  fields.add("root", root, "Folder of the data set; it is only read. ${VAR} expands.");
  fields.add("layout", layout,
             "How files are named and paired: AMOS, Decathlon or nnU-Net raw (dataset_json), BraTS "
             "(case_folders), or a table (csv).",
             one_of({"dataset_json", "case_folders", "csv"}));
  fields.add("channels", channels,
             "Channels in order: names (BraTS suffixes are known by name), or a map from a name to "
             "the ending of its file, e.g. {flair: "
             "_flair.nii.gz}. With dataset_json names are dataset.json's, else NAME_0000, "
             "NAME_0001 in order. Empty: what dataset.json says, else "
             "one channel.");
  fields.add("labels", labels,
             "Map from a value in the label files to its class; several values may share a class; "
             "'ignore' leaves voxels out. 0 is "
             "always background. Empty: what dataset.json says.");
  fields.add("modality", modality,
             "Which AMOS scans (dataset_json only): ct keeps ids below 500, mr the others.",
             one_of({"all", "ct", "mr"}));
  fields.add("split", split,
             "The split: a JSON file with lists train, validation and test, or a map of counts, "
             "fractions or case ids, with a seed, or "
             "with folds of what test leaves, e.g. {folds: 5, test: 0.2}.");
  fields.add("fold", fold, "Which of data.split's folds validates, counted from 0.", at_least(0));
  fields.add("sampling", sampling,
             "Patches of an epoch: axial crops of the patch's depth that share data.slice_overlap "
             "slices (slices, the paper's AMOS), each "
             "whole cropped volume once (volume, the paper's BraTS), or training.steps_per_epoch "
             "random patches (random).",
             one_of({"slices", "volume", "random"}));
  fields.add("slice_overlap", slice_overlap,
             "Slices that consecutive crops share, with data.sampling: slices.", at_least(0));
  fields.add("foreground_share", foreground_share,
             "Share of random patches centred on a labelled voxel, with data.sampling: random.",
             between(0, 1));
  fields.add("workers", workers,
             "Threads that prepare batches; 0: as many as there are cores, at most 8, or one less "
             "and at most 16 where a GPU trains. Batches "
             "do not depend on it.",
             between(0, 256));
  fields.add("prefetch", prefetch,
             "Batches prepared ahead of the training step; at least one per thread.",
             between(1, 64));
}

}  // namespace seg
