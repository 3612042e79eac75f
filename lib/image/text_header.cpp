#include "image/text_header.h"

#include "image/nifti.h"
#include "image/volume_fault.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>

namespace seg {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t most_header = 1 << 20;

std::string trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t\r"), to = text.find_last_not_of(" \t\r");
  return from == std::string_view::npos ? "" : std::string(text.substr(from, to - from + 1));
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : static_cast<char>(c);
  });
  return text;
}

// The fields of a header by their names; "" for one that is not there.
struct TextFields {
  std::map<std::string, std::string> all;
  std::int64_t end = 0;  // of the header, in bytes
  bool closed = false;   // voxels follow

  bool has(const std::string& name) const { return all.contains(name); }
  std::string at(const std::string& name) const { return has(name) ? all.at(name) : ""; }
};

// Reads lines until `last` says so.
template <class NameOf, class Last>
TextFields read_fields(const InputFile& file, const std::string& between, NameOf name_of,
                       Last last) {
  const std::string text = file.start(most_header);
  TextFields fields;
  for (std::size_t at = 0; at < text.size() && !fields.closed;) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = std::min(end + 1, text.size());
    fields.end = static_cast<std::int64_t>(at);
    const std::size_t split = line.find(between);
    if (split != std::string::npos && !line.starts_with('#')) {
      const auto [field, fresh] = fields.all.emplace(name_of(trimmed(line.substr(0, split))),
                                                     trimmed(line.substr(split + between.size())));
      if (!fresh)
        fail_volume(VolumeFault::header, "{}: its header has '{}' twice; remove one", file.name(),
                    field->first);
    }
    fields.closed = last(trimmed(line));
  }
  return fields;
}

bool is_zero(const std::string& number) {
  char* end = nullptr;
  return std::strtod(number.c_str(), &end) == 0 && *end == '\0';
}

fs::path data_file(const InputFile& file, const std::string& name) {
  if (name.empty() || lower(name).starts_with("list") || lower(name).starts_with("skiplist") ||
      name.find('%') != std::string::npos)
    fail_volume(VolumeFault::header,
                "{}: its voxels are not in one file ('{}'); write it as one .nii.gz", file.name(),
                name);
  return file.path().parent_path() / name;
}

std::string no_forms(const char* what) {
  return fmt::format(
      "{}its header has no {}, so the axes are taken to run to the left, back and "
      "head",
      no_orientation, what);
}

}  // namespace

bool is_nrrd(std::string_view bytes) { return bytes.starts_with("NRRD0"); }

bool is_meta(const fs::path& path) {
  return path.extension() == ".mha" || path.extension() == ".mhd";
}

TextHeader parse_nrrd_header(const InputFile& file) {
  const TextFields f =
      read_fields(file, ": ", lower, [](const std::string& line) { return line.empty(); });
  const auto either = [&](const char* a, const char* b) { return f.has(a) ? f.at(a) : f.at(b); };
  const std::string name = either("data file", "datafile"), encoding = f.at("encoding"),
                    skip = either("byte skip", "byteskip"), space = lower(f.at("space")),
                    lines = either("line skip", "lineskip");
  if (name.empty() && !f.closed)
    fail_volume(VolumeFault::truncated,
                "{}: ends within its header; the file is truncated, fetch it again", file.name());
  TextHeader h;
  h.data = name.empty() ? file.path() : data_file(file, name);
  h.begin = name.empty() ? f.end : std::atoll(skip.c_str());
  h.packing = encoding == "gzip" || encoding == "gz" ? Packing::gzip : Packing::none;
  if (h.packing == Packing::none && encoding != "raw")
    fail_volume(VolumeFault::header,
                "{}: its voxels are encoded as '{}'; only raw and gzip are read, so convert it",
                file.name(), encoding);
  if ((!lines.empty() && !is_zero(lines)) ||
      (!skip.empty() && !is_zero(skip) && (name.empty() || h.packing == Packing::gzip)) ||
      h.begin < -1)
    fail_volume(VolumeFault::header,
                "{}: has a 'line skip' or 'byte skip' that is not read; write it anew",
                file.name());
  if (!space.empty() && space != "left-posterior-superior" && space != "lps" &&
      space != "right-anterior-superior" && space != "ras")
    fail_volume(VolumeFault::direction,
                "{}: its space is '{}'; only left-posterior-superior and right-anterior-superior "
                "are read, so convert it",
                file.name(), space);
  std::string units = lower(f.at("space units") + f.at("units"));
  for (const char* known : {"\"mm\"", "\"\"", "mm", " "})
    for (std::size_t at; (at = units.find(known)) != std::string::npos;)
      units.erase(at, std::string(known).size());
  const std::string spacing = lower(either("space directions", "spacings"));
  if (spacing.empty() || spacing.find("nan") != std::string::npos || !units.empty())
    fail_volume(VolumeFault::spacing,
                "{}: does not say its voxels' size in millimetres; correct its header",
                file.name());
  if (space.empty()) h.conflict = no_forms("'space'");
  return h;
}

TextHeader parse_meta_header(const InputFile& file) {
  const TextFields f = read_fields(file, "=", trimmed, [](const std::string& line) {
    return line.starts_with("ElementDataFile");
  });
  const std::string name = f.at("ElementDataFile");
  if (!f.has("NDims") || !f.has("DimSize") || !f.has("ElementType"))
    fail_volume(VolumeFault::not_nifti, "{}: is not a MetaImage file, or its header is damaged",
                file.name());
  if (!f.closed)
    fail_volume(VolumeFault::truncated,
                "{}: ends within its header; the file is truncated, fetch it again", file.name());
  TextHeader h;
  h.format = VolumeFormat::meta;
  const bool local = lower(name) == "local";
  h.data = local ? file.path() : data_file(file, name);
  h.begin = local ? f.end : 0;
  if (lower(f.at("CompressedData")) == "true") h.packing = Packing::zlib;
  if (lower(f.at("BinaryData")) != "true")
    fail_volume(VolumeFault::header, "{}: holds its voxels as text; convert it", file.name());
  if (f.has("HeaderSize") && !is_zero(f.at("HeaderSize")))
    fail_volume(VolumeFault::header, "{}: has a 'HeaderSize', which is not read; write it anew",
                file.name());
  if ((f.has("ElementToIntensityFunctionSlope") &&
       f.at("ElementToIntensityFunctionSlope") != "1") ||
      (f.has("ElementToIntensityFunctionOffset") &&
       !is_zero(f.at("ElementToIntensityFunctionOffset"))))
    fail_volume(
        VolumeFault::header,
        "{}: has an 'ElementToIntensityFunction', which is not read; write the scaled voxels",
        file.name());
  if (!f.has("ElementSpacing") && !f.has("ElementSize"))
    fail_volume(VolumeFault::spacing,
                "{}: does not say its voxels' size in millimetres; correct its header",
                file.name());
  if (!f.has("TransformMatrix") && !f.has("Rotation") && !f.has("Orientation"))
    h.conflict = no_forms("'TransformMatrix'");
  return h;
}

}  // namespace seg
