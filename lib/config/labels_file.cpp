#include "config/labels_file.h"

#include "config/config.h"

namespace seg {

void LabelsFile::describe(Fields& fields) {
  fields.add("labels", labels, Affects::result, "Label values and the names of their classes.");
  fields.add("regions", regions, Affects::result,
             "Unions of classes to measure instead of the classes, by name.");
}

LabelsFile read_labels_file(const std::filesystem::path& file) {
  LabelsFile labels;
  Fields fields;
  labels.describe(fields);
  read_fields(file, std::move(fields));
  return labels;
}

}  // namespace seg
