#include "prep/cache.h"

#include "core/error.h"
#include "core/files.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/parallel.h"
#include "core/path_name.h"
#include "core/progress.h"
#include "image/nifti.h"
#include "image/plausible.h"
#include "prep/crop.h"
#include "prep/mapped_volumes.h"

#include <torch/types.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <set>

namespace seg {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

constexpr int format_version = 4;

fs::path default_place() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && *cache)
    return fs::path(cache) / "segtrain-cache";
  if (const char* home = std::getenv("HOME"); home && *home)
    return fs::path(home) / ".cache" / "segtrain-cache";
  std::error_code error;
  const fs::path temporary = fs::temp_directory_path(error);
  if (error)
    fail(
        "HOME is not set and TMPDIR names no folder, so there is no place for preprocessed "
        "volumes; set prep.cache");
  return temporary / ".cache" / "segtrain-cache";
}

// A value of the configuration; numbers are all written alike, 1 as 1.0.
json setting_of(const std::string& text) {
  json j = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (j.is_discarded()) return text;
  const auto as_real = [](json& number) {
    if (number.is_number()) number = number.get<double>();
  };
  as_real(j);
  for (json& number : j) as_real(number);
  return j;
}

// Everything that changes the voxels of a case: the keys of prep that affect them, each by the last
// part of its name, and data.root and data.labels. The crop is one where it is normalised by.
std::string settings_of(const PrepConfig& prep, const fs::path& root,
                        const std::map<int, std::uint8_t>& labels) {
  json j = {{"version", format_version},
            {"root", fs::weakly_canonical(root).string()},
            {"labels", labels}};
  const bool by_crop = prep.normalise.region == NormaliseRegion::crop;
  for (const KeyValue& key : key_values(prep))
    if (key.affects == Affects::voxels || (by_crop && key.key.starts_with("crop.")))
      j[key.key.substr(key.key.rfind('.') + 1)] = setting_of(key.value);
  return j.dump();
}

// Names a file whatever the working folder; links stay what they are.
std::string place_text(const fs::path& file) {
  return fs::absolute(file).lexically_normal().string();
}

json source_json(const fs::path& file) {
  std::error_code error;
  const auto time = fs::last_write_time(file, error);
  return {{"file", place_text(file)},
          {"bytes", error ? 0 : fs::file_size(file, error)},
          {"modified", error ? 0 : time.time_since_epoch().count()}};
}

// Channels, then the label.
std::vector<fs::path> source_files(const Case& c) {
  std::vector<fs::path> files;
  const auto add = [&](const fs::path& volume) {
    for (const fs::path& file : volume_files(volume)) files.push_back(file);
  };
  for (const fs::path& channel : c.channels) add(channel);
  if (!c.label.empty()) add(c.label);
  return files;
}

json sources_json(const Case& c) {
  json sources = json::array();
  for (const fs::path& file : source_files(c)) sources.push_back(source_json(file));
  return sources;
}

// A hash of each file's bytes. Files that were replaced by equal ones have equal hashes.
std::vector<std::string> source_contents_of(const Case& c) {
  std::vector<std::string> hashes;
  for (const fs::path& file : source_files(c)) hashes.push_back(hash_text(read_file(file)));
  return hashes;
}

// {file name: bytes} of the volumes in a case's folder.
json volumes_json(const fs::path& folder) {
  json volumes = json::object();
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".nii")
      volumes[entry.path().filename().string()] = entry.file_size();
  return volumes;
}

json geometry_json(const Geometry& g) {
  return {
      {"size", g.size}, {"spacing", g.spacing}, {"origin", g.origin}, {"direction", g.direction}};
}

Geometry geometry_of(const json& j) {
  Geometry g;
  g.size = {j.at("size").get<std::array<std::int64_t, 3>>()};
  g.spacing = {j.at("spacing").get<std::array<double, 3>>()};
  g.origin = {j.at("origin").get<std::array<double, 3>>()};
  j.at("direction").get_to(g.direction);
  return g;
}

// What case.json says of a case, the case itself without voxels. Throws Error(failure) where it
// cannot be.
struct CachedCase {
  json sources, volumes;
  PreparedCase prepared;
  int channels = 0;
  bool label = false;
  std::vector<std::string> hashes = {};           // of the prepared channels
  std::vector<std::string> source_contents = {};  // hashes of the source files
};

bool fits(const CachedCase& c) {
  const PreparedCase& p = c.prepared;
  const auto each = static_cast<std::size_t>(c.channels);
  double voxels = 1;
  for (const std::int64_t n : p.geometry.size) voxels *= n < 1 ? 0 : static_cast<double>(n);
  return c.channels > 0 && voxels > 0 && voxels <= most_voxels && p.minimum.size() == each &&
         (p.slope.empty() || p.slope.size() == each) && p.slope.size() == p.intercept.size() &&
         c.volumes.size() == each + c.label && c.hashes.size() == each &&
         c.source_contents.size() >= each + c.label;
}

CachedCase cached_case(const fs::path& file, const std::string& id) {
  const std::string text = read_file(file);
  try {
    const json j = parse_json(text, file.string(), ErrorKind::failure);
    CachedCase c{
        j.at("sources"), j.at("volumes"), {.id = id, .geometry = geometry_of(j.at("geometry"))}};
    j.at("channels").get_to(c.channels);
    j.at("label").get_to(c.label);
    j.at("hashes").get_to(c.hashes);
    j.at("source_contents").get_to(c.source_contents);
    j.at("minimum").get_to(c.prepared.minimum);
    j.at("slope").get_to(c.prepared.slope);
    j.at("intercept").get_to(c.prepared.intercept);
    c.prepared.body = Dhw<double>{j.at("body").get<std::array<double, 3>>()};
    if (!j.at("foreground").is_null())
      c.prepared.foreground = Dhw<double>{j.at("foreground").get<std::array<double, 3>>()};
    if (fits(c)) return c;
  } catch (const json::exception&) {
  } catch (const Error&) {
  }
  fail("{}: is damaged; remove its folder, and the case is built again", file.string());
}

// A channel as 16-bit integers: value = slope stored + intercept, the whole range used.
struct Quantised {
  torch::Tensor stored;
  double slope, intercept;
};

Quantised quantised(const torch::Tensor& channel) {
  const double low = channel.min().item<double>(), high = channel.max().item<double>();
  const double slope =
                   high > low ? static_cast<double>(static_cast<float>((high - low) / 65534)) : 1,
               intercept = static_cast<double>(static_cast<float>((high + low) / 2));
  return {((channel - intercept) / slope).round_().clamp_(-32768, 32767).to(torch::kInt16), slope,
          intercept};
}

// "" for a constant channel, which tells nothing.
std::vector<std::string> hashes_of(const torch::Tensor& image) {
  std::vector<std::string> hashes;
  for (const torch::Tensor& channel : image.unbind(0)) {
    const bool constant = channel.min().item<float>() == channel.max().item<float>();
    hashes.push_back(
        constant ? ""
                 : hash_text({static_cast<const char*>(channel.data_ptr()), channel.nbytes()}));
  }
  return hashes;
}

// Writes the channels and says what case.json needs to read them: minimum, slope and intercept of
// each.
void write_channels(const fs::path& folder, PreparedCase& c, bool int16) {
  for (std::int64_t k = 0; k < c.image.size(0); ++k) {
    const fs::path file = folder / fmt::format("channel_{}.nii", k);
    if (!int16) {
      write_image(file, c.image[k], c.geometry);
      continue;
    }
    const Quantised q = quantised(c.image[k]);
    write_scaled(file, q.stored, c.geometry, q.slope, q.intercept);
    c.slope.push_back(q.slope);
    c.intercept.push_back(q.intercept);
    c.minimum[static_cast<std::size_t>(k)] = q.stored.min().item<double>();
  }
}

}  // namespace

Cache::Cache(const PrepConfig& prep, const fs::path& root, std::map<int, std::uint8_t> labels)
    : prep_(prep), labels_(std::move(labels)) {
  const fs::path place = prep.cache.empty() ? default_place() : fs::path(prep.cache.text);
  const std::string name = name_of(fs::weakly_canonical(root));
  folder_ = place / (name + "-" + hash_text(settings_of(prep, root, labels_)).substr(0, 12));
  make_folder(folder_);
}

fs::path Cache::place_of(const Case& c) const {
  std::string files = c.label.empty() ? "" : place_text(c.label);
  for (const fs::path& file : c.channels) files += "\n" + place_text(file);
  return folder_ / (c.id + "-" + hash_text(files).substr(0, 8));
}

bool Cache::current(const Case& c) const {
  const fs::path file = place_of(c) / "case.json";
  if (!fs::exists(file)) return false;
  try {
    const CachedCase cached = cached_case(file, c.id);
    return cached.sources == sources_json(c) && cached.volumes == volumes_json(file.parent_path());
  } catch (const std::exception&) {
    return false;
  }
}

void Cache::build_one(const Case& c, int threads) const {
  const json sources = sources_json(c);
  PreparedCase prepared = preprocess(c, prep_, labels_, threads);
  measure(prepared);
  write_folder(place_of(c), [&](const fs::path& part) {
    write_channels(part, prepared, prep_.storage == Storage::int16);
    if (prepared.label.defined())
      write_label(part / "label.nii", prepared.label, prepared.geometry);
    const json j = {
        {"id", c.id},
        {"sources", sources},
        {"volumes", volumes_json(part)},
        {"channels", prepared.image.size(0)},
        {"hashes", hashes_of(prepared.image)},
        {"source_contents", source_contents_of(c)},
        {"label", prepared.label.defined()},
        {"minimum", prepared.minimum},
        {"slope", prepared.slope},
        {"intercept", prepared.intercept},
        {"body", *prepared.body},
        {"foreground", prepared.foreground ? json(*prepared.foreground) : json(nullptr)},
        {"geometry", geometry_json(prepared.geometry)},
        {"original", geometry_json(read_geometry(c.channels[0]))},
        {"settings", json::parse(settings_of(prep_, "", labels_))}};
    write_file(part / "case.json", j.dump(1) + "\n");
  });
}

std::vector<Case> Cache::missing(const std::vector<Case>& cases) const {
  std::vector<Case> missing;
  for (const Case& c : cases)
    if (!current(c)) missing.push_back(c);
  return missing;
}

void Cache::build(const std::vector<Case>& cases) {
  const std::vector<Case> needed = missing(cases);
  remove_stale_temporaries(folder_);
  if (needed.empty()) return;
  Progress progress("preprocessing", "cases", static_cast<std::int64_t>(needed.size()));
  const int workers = prep_.workers > 0 ? static_cast<int>(prep_.workers) : available_cores();
  const int side_by_side = std::min(workers, static_cast<int>(needed.size()));
  parallel_for(static_cast<std::int64_t>(needed.size()), side_by_side, [&](std::int64_t i) {
    build_one(needed[static_cast<std::size_t>(i)], std::max(1, workers / side_by_side));
    progress.advance();
  });
}

std::vector<fs::path> Cache::clean(const std::vector<Case>& used, bool dry_run) const {
  std::set<fs::path> wanted;
  for (const Case& c : used) wanted.insert(place_of(c));
  std::vector<fs::path> unused = stale_temporaries(folder_);
  for (const auto& entry : fs::directory_iterator(folder_))
    if (fs::exists(entry.path() / "case.json") &&
        !entry.path().filename().string().starts_with(".") && !wanted.contains(entry.path()))
      unused.push_back(entry.path());
  std::sort(unused.begin(), unused.end());
  for (const fs::path& place : unused) {
    std::error_code error;
    if (!dry_run) fs::remove_all(place, error);
    if (error) fail("{}: cannot be removed ({}); mend its rights", place.string(), error.message());
  }
  return unused;
}

std::vector<std::string> Cache::hashes(const Case& c) const {
  return cached_case(place_of(c) / "case.json", c.id).hashes;
}

std::vector<std::string> Cache::source_contents(const Case& c) const {
  return cached_case(place_of(c) / "case.json", c.id).source_contents;
}

PreparedCase Cache::open(const Case& c, CropFor use) const {
  return crop_case(open_whole(c), prep_.crop, use);
}

PreparedCase Cache::open_whole(const Case& c) const {
  const fs::path place = place_of(c);
  if (!fs::exists(place / "case.json"))
    fail("case {}: is not in the cache {}; run segprep", c.id, folder_.string());
  CachedCase cached = cached_case(place / "case.json", c.id);
  PreparedCase& out = cached.prepared;
  std::vector<fs::path> channels;
  for (int k = 0; k < cached.channels; ++k)
    channels.push_back(place / fmt::format("channel_{}.nii", k));
  out.image =
      map_volumes(channels, out.geometry, out.slope.empty() ? torch::kFloat32 : torch::kInt16);
  if (cached.label) out.label = map_volumes({place / "label.nii"}, out.geometry, torch::kUInt8)[0];
  return out;
}

}  // namespace seg
