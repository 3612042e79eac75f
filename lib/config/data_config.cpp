#include "config/data_config.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

namespace seg {
namespace {

SplitConfig::Part& part_of(SplitConfig& split, SplitPart part) {
  switch (part) {
    case SplitPart::train: return split.train;
    case SplitPart::validation: return split.validation;
    case SplitPart::test: return split.test;
  }
  return split.train;
}

void read_part(const YAML::Node& node, const std::string& name, SplitConfig::Part& part) {
  try {
    if (node.IsSequence())
      read_value(node, {}, part.ids);
    else
      read_value(node, within(0, 1e9), part.amount);
  } catch (const std::string& what) {
    throw fmt::format("has '{}', which {} (a count, a fraction below 1 or a list of case ids)",
                      name, what);
  }
  if (part.amount >= 1 &&
      part.amount != static_cast<double>(static_cast<std::int64_t>(part.amount)))
    throw fmt::format("has '{}', which must be a whole count or a fraction below 1, not {}", name,
                      part.amount);
}

YAML::Node part_node(const SplitConfig::Part& part) {
  YAML::Node node;
  if (part.ids.empty())
    write_value(node, part.amount);
  else
    write_value(node, part.ids);
  return node;
}

}  // namespace

void read_value(const YAML::Node& node, const Rule& rule, SplitConfig& value) {
  if (node.IsScalar() || node.IsNull()) return read_value(node, rule, value.file);
  if (!node.IsMap())
    throw std::string("must be a JSON file, or a map of train, validation and test");
  for (const auto& item : node) {
    const std::string name = item.first.Scalar();
    if (const auto part = choice_of<SplitPart>(name))
      read_part(item.second, name, part_of(value, *part));
    else if (name == "seed")
      read_value(item.second, at_least(0), value.seed);
    else if (name == "folds")
      read_value(item.second, within(2, 1e6), value.folds);
    else
      throw fmt::format("has the unknown key '{}' (known: train, validation, test, seed, folds)",
                        name);
  }
}

void write_value(YAML::Node& out, const SplitConfig& value) {
  if (!value.file.empty()) return write_value(out, value.file);
  out = YAML::Node(YAML::NodeType::Map);
  out["train"] = part_node(value.train);
  out["validation"] = part_node(value.validation);
  out["test"] = part_node(value.test);
  out["seed"] = value.seed;
  if (value.folds > 0) out["folds"] = value.folds;
  out.SetStyle(YAML::EmitterStyle::Flow);
}

std::string type_name(const SplitConfig&) {
  return "JSON file, or map of train, validation, test, seed, folds";
}

void DataConfig::describe(Fields& fields) {
  fields.add("root", root, Affects::voxels,
             "Folder of the data set; it is only read. ${VAR} expands.");
  fields.add(
      "layout", layout, Affects::result,
      "How files are named and paired: AMOS, Decathlon or nnU-Net raw (dataset_json), BraTS "
      "(case_folders), or a table (csv). Files end in .nii.gz, .nii, .nrrd, .nhdr, .mha or .mhd.");
  fields.add("channels", channels, Affects::result,
             "Channels in order: names (BraTS suffixes are known by name), or a map from a name to "
             "the ending of its file, e.g. {flair: "
             "_flair.nii.gz}. With dataset_json names are dataset.json's, else NAME_0000, "
             "NAME_0001 in order. Empty: what dataset.json says, else "
             "one channel.");
  fields.add("labels", labels, Affects::voxels,
             "Map from a value in the label files to its class; several values may share a class; "
             "'ignore' leaves voxels out. 0 is "
             "always background. Empty: what dataset.json says.");
  fields.add("modality", modality, Affects::result,
             "Which AMOS scans (dataset_json only): ct keeps ids up to 500, mr the others.");
  fields.add("split", split, Affects::result,
             "The split: a JSON file with lists train, validation and test, or a map of counts, "
             "fractions or case ids, with a seed, or "
             "with folds of what test leaves, e.g. {folds: 5, test: 0.2}. Counts, fractions and "
             "folds draw from the labelled cases, without those of imagesTs, which only ids name.");
  fields.add("fold", fold, Affects::result,
             "Which of data.split's folds validates, counted from 0.", within(0, 1e6));
  fields.add("sampling", sampling, Affects::result,
             "Patches of an epoch: axial crops of the patch's depth that share data.slice_overlap "
             "slices (slices, as Section 2.4 has it for AMOS), each "
             "whole cropped volume once (volume), or training.steps_per_epoch "
             "random patches (random).");
  fields.add("slice_overlap", slice_overlap, Affects::result,
             "Slices that consecutive crops share, with data.sampling: slices.", within(0, 65536));
  fields.add("foreground_share", foreground_share, Affects::result,
             "Share of random patches centred on a labelled voxel, with data.sampling: random.",
             within(0, 1));
  fields.add("workers", workers, Affects::nothing,
             "Threads that prepare batches; 0: as many as there are cores, at most 8, or one less "
             "and at most 16 where a GPU trains. Batches "
             "do not depend on it.",
             within(0, 256));
  fields.add("prefetch", prefetch, Affects::nothing,
             "Batches prepared ahead of the training step; at least one per thread.",
             within(1, 64));
}

}  // namespace seg
