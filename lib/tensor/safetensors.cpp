// The format: 8 bytes little-endian header length, a JSON header {name: {dtype, shape,
// data_offsets: [begin, end]}}, then the bytes.
#include "tensor/safetensors.h"

#include "core/error.h"
#include "core/files.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <optional>
#include <set>

namespace seg {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

constexpr std::uint64_t largest_header = 100u << 20;  // the reference implementation's limit
constexpr std::uint64_t largest_tensor = std::uint64_t{1} << 62;

struct Dtype {
  const char* name;
  torch::ScalarType type;
};
constexpr Dtype dtypes[] = {{"F64", torch::kFloat64}, {"F32", torch::kFloat32},
                            {"F16", torch::kFloat16}, {"BF16", torch::kBFloat16},
                            {"I64", torch::kInt64},   {"I32", torch::kInt32},
                            {"I16", torch::kInt16},   {"I8", torch::kInt8},
                            {"U8", torch::kUInt8},    {"BOOL", torch::kBool}};

std::string name_of(torch::ScalarType type) {
  for (const Dtype& d : dtypes)
    if (d.type == type) return d.name;
  fail("safetensors: tensors of type {} cannot be written", torch::toString(type));
}

std::optional<torch::ScalarType> type_of(const std::string& name) {
  for (const Dtype& d : dtypes)
    if (name == d.name) return d.type;
  return std::nullopt;
}

struct Entry {
  std::string name;
  torch::ScalarType type;
  std::vector<std::int64_t> shape;
  std::uint64_t begin, end;
};

// Checks one header entry against `bytes`, the length of the data.
Entry entry_of(const std::string& name, const json& j, std::uint64_t bytes,
               const std::string& file) {
  const auto damaged = [&](const std::string& what) {
    fail("{}: is no valid safetensors file: tensor '{}' {}", file, name, what);
  };
  try {
    const auto type = type_of(j.at("dtype").get<std::string>());
    if (!type) damaged("has the unknown dtype '" + j.at("dtype").get<std::string>() + "'");
    Entry e{name,
            *type,
            {},
            j.at("data_offsets").at(0).get<std::uint64_t>(),
            j.at("data_offsets").at(1).get<std::uint64_t>()};
    if (j.at("data_offsets").size() != 2 || e.begin > e.end || e.end > bytes)
      damaged("has offsets outside the file");
    std::uint64_t length = torch::elementSize(*type), strides = length;
    for (const json& size : j.at("shape")) {
      if (!size.is_number_unsigned()) damaged("has a negative or fractional size");
      e.shape.push_back(size.get<std::int64_t>());
      length *= size.get<std::uint64_t>();
      const std::int64_t factor =
          std::max<std::int64_t>(1, e.shape.back());  // strides count a size of 0 as 1
      if (__builtin_mul_overflow(strides, factor, &strides) || strides > largest_tensor ||
          e.shape.back() < 0)
        damaged("has a size too large to exist");
    }
    if (length != e.end - e.begin)
      damaged(fmt::format("has {} bytes where its shape needs {}", e.end - e.begin, length));
    return e;
  } catch (const json::exception&) {
    damaged("is described wrongly");
    throw;
  }
}

std::vector<Entry> entries_of(const std::string& header, std::uint64_t bytes,
                              const std::string& file) {
  json j;
  std::set<std::string> names;
  const auto note = [&](int depth, json::parse_event_t event, const json& value) {
    if (depth == 1 && event == json::parse_event_t::key &&
        !names.insert(value.get<std::string>()).second)
      fail("{}: is no valid safetensors file: '{}' is there twice", file, value.get<std::string>());
    return true;
  };
  try {
    j = json::parse(header, note);
  } catch (const json::exception&) {
    fail("{}: is no valid safetensors file: its header is not JSON", file);
  }
  if (!j.is_object()) fail("{}: is no valid safetensors file: its header is not a map", file);
  std::vector<Entry> entries;
  for (const auto& [name, value] : j.items())
    if (name != "__metadata__") entries.push_back(entry_of(name, value, bytes, file));
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.begin < b.begin; });
  for (std::size_t i = 1; i < entries.size(); ++i)
    if (entries[i].begin < entries[i - 1].end)
      fail("{}: is no valid safetensors file: '{}' and '{}' overlap", file, entries[i - 1].name,
           entries[i].name);
  return entries;
}

}  // namespace

void write_safetensors(const fs::path& path, const NamedTensors& tensors,
                       const std::map<std::string, std::string>& metadata) {
  json header = json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::vector<torch::Tensor> data;
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    data.push_back(tensor.detach().to(torch::kCPU).contiguous());
    const std::uint64_t end = offset + data.back().nbytes();
    header[name] = {{"dtype", name_of(tensor.scalar_type())},
                    {"shape", tensor.sizes().vec()},
                    {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = text.size();
  write_beside(path, [&](const fs::path& temporary) {
    std::ofstream out(temporary, std::ios::binary);
    out.write(reinterpret_cast<const char*>(&length), sizeof length);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    for (const torch::Tensor& t : data)
      out.write(static_cast<const char*>(t.data_ptr()), static_cast<std::streamsize>(t.nbytes()));
    out.close();
    if (!out)
      fail("{}: cannot be written ({}); check the folder's rights and free space", path.string(),
           std::strerror(errno));
  });
}

std::map<std::string, torch::Tensor> read_safetensors(const fs::path& path) {
  const std::string file = path.string();
  std::error_code error;
  const std::uint64_t size = fs::file_size(path, error);  // an error for a pipe, which would wait
  std::ifstream in;
  if (!error) in.open(path, std::ios::binary);
  if (!in || error) fail("{}: cannot be read; check that it is a file that exists", file);
  std::uint64_t length = 0;
  if (size < 8 || !in.read(reinterpret_cast<char*>(&length), 8) || length > largest_header ||
      length > size - 8)
    fail("{}: is no valid safetensors file: its header's length does not fit", file);
  std::string header(length, '\0');
  in.read(header.data(), static_cast<std::streamsize>(length));
  std::map<std::string, torch::Tensor> tensors;
  for (const Entry& e : entries_of(header, size - 8 - length, file)) {
    torch::Tensor t = torch::empty(e.shape, e.type);
    in.seekg(static_cast<std::streamoff>(8 + length + e.begin));
    in.read(static_cast<char*>(t.data_ptr()), static_cast<std::streamsize>(e.end - e.begin));
    if (!in) fail("{}: cannot be read to its end", file);
    tensors.emplace(e.name, t);
  }
  return tensors;
}

}  // namespace seg
