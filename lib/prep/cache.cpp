#include "prep/cache.h"

#include "core/error.h"
#include "core/files.h"
#include "core/hash.h"
#include "core/parallel.h"
#include "core/progress.h"
#include "image/nifti.h"
#include "prep/crop.h"

#include <torch/torch.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <set>

namespace seg {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

constexpr int format_version = 1;
constexpr std::int64_t header_bytes = 352;  // of an uncompressed NIfTI-1 file without extensions

fs::path default_place() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && *cache) return fs::path(cache) / "segtrain-cache";
  const char* home = std::getenv("HOME");
  return (home && *home ? fs::path(home) : fs::temp_directory_path()) / ".cache" / "segtrain-cache";
}

// Everything that changes the voxels of a case, but for the crop, which is applied when a case is opened.
std::string settings_of(const PrepConfig& prep, const fs::path& root, const std::map<int, std::uint8_t>& labels) {
  const json j = {{"version", format_version},
                  {"root", fs::weakly_canonical(root).string()},
                  {"spacing", prep.spacing},
                  {"region", prep.normalise.region},
                  {"clip", prep.normalise.clip},
                  {"nan", prep.nan},
                  {"labels", labels}};
  return j.dump();
}

json source_json(const fs::path& file) {
  std::error_code error;
  const auto time = fs::last_write_time(file, error);
  return {{"file", file.string()},
          {"bytes", error ? 0 : fs::file_size(file, error)},
          {"modified", error ? 0 : time.time_since_epoch().count()}};
}

json sources_json(const CacheCase& c) {
  json sources = json::array();
  for (const fs::path& file : c.channels) sources.push_back(source_json(file));
  if (!c.label.empty()) sources.push_back(source_json(c.label));
  return sources;
}

json geometry_json(const Geometry& g) {
  return {{"size", g.size}, {"spacing", g.spacing}, {"origin", g.origin}, {"direction", g.direction}};
}

Geometry geometry_of(const json& j) {
  Geometry g;
  j.at("size").get_to(g.size), j.at("spacing").get_to(g.spacing), j.at("origin").get_to(g.origin), j.at("direction").get_to(g.direction);
  return g;
}

// The voxels of an uncompressed file, mapped: pages are read when they are touched.
torch::Tensor map_voxels(const fs::path& file, const Geometry& g, torch::ScalarType type) {
  const auto bytes_each = static_cast<std::int64_t>(torch::elementSize(type));
  const std::int64_t count = g.size[0] * g.size[1] * g.size[2];
  std::error_code error;
  if (static_cast<std::int64_t>(fs::file_size(file, error)) != header_bytes + count * bytes_each || error)
    fail("{}: the cached volume is damaged; remove its folder, and it is built again", file.string());
  const torch::Tensor all = torch::from_file(file.string(), /*shared=*/false, header_bytes / bytes_each + count, type);
  return all.narrow(0, header_bytes / bytes_each, count).view({g.size[2], g.size[1], g.size[0]});
}

}  // namespace

Cache::Cache(const PrepConfig& prep, const fs::path& root, std::map<int, std::uint8_t> labels) : prep_(prep), labels_(std::move(labels)) {
  const fs::path place = prep.cache.empty() ? default_place() : fs::path(prep.cache.text);
  const fs::path whole = fs::weakly_canonical(root);
  const std::string name = whole.has_filename() ? whole.filename().string() : whole.parent_path().filename().string();
  folder_ = place / (name + "-" + hash_text(settings_of(prep, root, labels_)).substr(0, 12));
  make_folder(folder_);
}

fs::path Cache::place_of(const CacheCase& c) const {
  std::string files = c.label.string();
  for (const fs::path& file : c.channels) files += "\n" + file.string();
  return folder_ / (c.id + "-" + hash_text(files).substr(0, 8));
}

bool Cache::current(const CacheCase& c) const {
  const fs::path file = place_of(c) / "case.json";
  if (!fs::exists(file)) return false;
  try {
    return json::parse(read_file(file)).at("sources") == sources_json(c);
  } catch (const std::exception&) {
    return false;
  }
}

void Cache::build_one(const CacheCase& c) const {
  const json sources = sources_json(c);
  const PreparedCase prepared = preprocess(c, prep_, labels_);
  write_folder(place_of(c), [&](const fs::path& part) {
    for (std::int64_t k = 0; k < prepared.image.size(0); ++k)
      write_image(part / fmt::format("channel_{}.nii", k), prepared.image[k], prepared.geometry);
    if (prepared.label.defined()) write_label(part / "label.nii", prepared.label, prepared.geometry);
    const json j = {{"id", c.id},
                    {"sources", sources},
                    {"channels", prepared.image.size(0)},
                    {"label", prepared.label.defined()},
                    {"geometry", geometry_json(prepared.geometry)},
                    {"original", geometry_json(read_geometry(c.channels[0]))},
                    {"settings", json::parse(settings_of(prep_, "", labels_))}};
    write_file(part / "case.json", j.dump(1) + "\n");
  });
}

void Cache::build(const std::vector<CacheCase>& cases) {
  std::vector<CacheCase> missing;
  for (const CacheCase& c : cases)
    if (!current(c)) missing.push_back(c);
  if (missing.empty()) return;
  remove_stale_temporaries(folder_);
  Progress progress("preprocessing", "cases", static_cast<std::int64_t>(missing.size()));
  parallel_for(static_cast<std::int64_t>(missing.size()), static_cast<int>(prep_.workers), [&](std::int64_t i) {
    build_one(missing[static_cast<std::size_t>(i)]);
    progress.advance();
  });
}

std::vector<fs::path> Cache::clean(const std::vector<CacheCase>& used, bool dry_run) const {
  std::set<fs::path> wanted;
  for (const CacheCase& c : used) wanted.insert(place_of(c));
  std::vector<fs::path> unused = stale_temporaries(folder_);
  for (const auto& entry : fs::directory_iterator(folder_))
    if (fs::exists(entry.path() / "case.json") && !entry.path().filename().string().starts_with(".") && !wanted.contains(entry.path()))
      unused.push_back(entry.path());
  std::sort(unused.begin(), unused.end());
  for (const fs::path& place : unused) {
    std::error_code error;
    if (!dry_run) fs::remove_all(place, error);
    if (error) fail("{}: cannot be removed ({}); mend its rights", place.string(), error.message());
  }
  return unused;
}

PreparedCase Cache::open(const CacheCase& c, bool cropped) const {
  const fs::path place = place_of(c);
  if (!fs::exists(place / "case.json")) fail("case {}: is not in the cache {}; run segprep", c.id, folder_.string());
  const json j = json::parse(read_file(place / "case.json"));
  PreparedCase out{c.id, {}, {}, geometry_of(j.at("geometry"))};
  std::vector<torch::Tensor> channels;
  for (int k = 0; k < j.at("channels").get<int>(); ++k)
    channels.push_back(map_voxels(place / fmt::format("channel_{}.nii", k), out.geometry, torch::kFloat32));
  out.image = channels.size() == 1 ? channels[0].unsqueeze(0) : torch::stack(channels);
  if (j.at("label").get<bool>()) out.label = map_voxels(place / "label.nii", out.geometry, torch::kUInt8);
  return cropped ? crop_case(out, prep_.crop) : out;
}

}  // namespace seg
