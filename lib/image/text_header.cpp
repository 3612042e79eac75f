#include "image/text_header.h"

#include "core/text.h"
#include "image/meta_fields.h"
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
// ITK 5.2 takes 32 KiB for a field of MetaImage, and compares each key of NRRD with all before it.
constexpr std::size_t most_lines = 2000;
constexpr const char* data_field = "ElementDataFile";  // the last of a MetaImage header

std::string trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t\r"), to = text.find_last_not_of(" \t\r");
  return from == std::string_view::npos ? "" : std::string(text.substr(from, to - from + 1));
}

// ITK 5.2 also takes "spacedirections" for "space directions", and ends a line at a lone \r.
std::string nrrd_name(const std::string& text) {
  std::string name = lower(text);
  std::erase(name, ' ');
  return name;
}

// ITK 5.2 writes the value that it complains about behind the end of its buffer.
constexpr std::size_t most_nrrd_name = 100, most_nrrd_value = 400;

bool is_nrrd_line(const std::string& line) {
  const std::size_t name = line.find(": ");
  if (name == std::string::npos || line.starts_with('#') || line.find(":=") < name) return true;
  const bool free_text = lower(line.substr(0, name)) == "content";
  return free_text || (name <= most_nrrd_name && line.size() - name <= most_nrrd_value);
}

bool has_control(std::string_view line) {
  return std::any_of(line.begin(), line.end(),
                     [](unsigned char c) { return (c < ' ' && c != '\t') || c == 127; });
}

// The fields of a header by their names; "" for one that is not there.
struct TextFields {
  std::map<std::string, std::string> all;
  std::int64_t end = 0;  // of the header, in bytes
  bool closed = false;   // voxels follow
  int odd_line = 0;      // the first one that ITK may take apart otherwise than we do, from 1; or 0

  bool has(const std::string& name) const { return all.contains(name); }
  std::string at(const std::string& name) const { return has(name) ? all.at(name) : ""; }
};

// Reads lines until `last` says so.
template <class NameOf, class Last, class IsLine>
TextFields read_fields(const InputFile& file, const std::string& between, NameOf name_of, Last last,
                       IsLine is_line) {
  const std::string text = file.start(most_header);
  TextFields fields;
  for (std::size_t at = 0, number = 1; at < text.size() && !fields.closed; ++number) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const bool returns = end > at && text[end - 1] == '\r';
    const std::string line = text.substr(at, end - at - (returns ? 1 : 0));
    if (fields.odd_line == 0 &&
        (number > most_lines || has_control(line) || !is_line(trimmed(line))))
      fields.odd_line = static_cast<int>(number);
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

void check_lines(const TextFields& fields, const InputFile& file) {
  if (fields.odd_line > 0)
    fail_volume(
        VolumeFault::header,
        "{}: its header is damaged, or too long (line {} is no field that is read); fetch or "
        "convert it again",
        file.name(), fields.odd_line);
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
  const TextFields f = read_fields(
      file, ": ", nrrd_name, [](const std::string& line) { return line.empty(); }, is_nrrd_line);
  const std::string name = f.at("datafile"), encoding = f.at("encoding"), skip = f.at("byteskip"),
                    space = lower(f.at("space")), lines = f.at("lineskip");
  if (name.empty() && !f.closed)
    fail_volume(VolumeFault::truncated,
                "{}: ends within its header; the file is truncated, fetch it again", file.name());
  check_lines(f, file);
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
  std::string units = lower(f.at("spaceunits") + f.at("units"));
  for (const char* known : {"\"mm\"", "\"\"", "mm", " "})
    for (std::size_t at; (at = units.find(known)) != std::string::npos;)
      units.erase(at, std::string(known).size());
  const std::string spacing =
      lower(f.at(f.has("spacedirections") ? "spacedirections" : "spacings"));
  if (spacing.empty() || spacing.find("nan") != std::string::npos || !units.empty())
    fail_volume(VolumeFault::spacing,
                "{}: does not say its voxels' size in millimetres; correct its header",
                file.name());
  if (space.empty()) h.conflict = no_forms("'space'");
  return h;
}

TextHeader parse_meta_header(const InputFile& file) {
  const auto name_of = [](std::string_view line) {
    return trimmed(line.substr(0, line.find('=')));
  };
  const TextFields f = read_fields(
      file, "=", trimmed, [&](const std::string& line) { return name_of(line) == data_field; },
      is_meta_line);
  const std::string name = f.at(data_field);
  if (!f.has("NDims") || !f.has("DimSize") || !f.has("ElementType"))
    fail_volume(VolumeFault::not_nifti, "{}: is not a MetaImage file, or its header is damaged",
                file.name());
  if (!f.closed)
    fail_volume(VolumeFault::truncated,
                "{}: ends within its header; the file is truncated, fetch it again", file.name());
  check_lines(f, file);
  check_meta_fields(f.all, file.name());
  TextHeader h;
  h.format = VolumeFormat::meta;
  const bool local = lower(name) == "local";
  h.data = local ? file.path() : data_file(file, name);
  h.begin = local ? f.end : 0;
  if (lower(f.at("CompressedData")) == "true") h.packing = Packing::zlib;
  if (f.has("CompressedDataSize"))
    h.packed_bytes = std::max(0.0, std::atof(f.at("CompressedDataSize").c_str()));
  if (local && h.packing == Packing::zlib && !f.has("CompressedDataSize"))
    fail_volume(VolumeFault::header,
                "{}: does not say its 'CompressedDataSize', without which it cannot be read; write "
                "it anew",
                file.name());
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
