#include "tensor/safetensors.h"
#include "core/error.h"
#include "core/files.h"
#include "support/catch.h"

#include <cstring>

namespace seg {
namespace {

// A file with this header and `bytes` zero bytes of data. length: what the first 8 bytes claim, by
// default the truth.
std::string file_of(const std::string& header, std::size_t bytes,
                    std::optional<std::uint64_t> length = {}) {
  const std::uint64_t claimed = length.value_or(header.size());
  std::string file(8, '\0');
  std::memcpy(file.data(), &claimed, 8);
  return file + header + std::string(bytes, '\0');
}

// What reading the file says, or "" where it is read.
std::string complaint(const std::string& bytes) {
  const test::TemporaryFolder folder;
  write_file(folder.path / "w.safetensors", bytes);
  try {
    read_safetensors(folder.path / "w.safetensors");
    return "";
  } catch (const Error& e) {
    CHECK(e.kind() == ErrorKind::failure);
    CHECK(std::string(e.what()).find("w.safetensors") != std::string::npos);
    return e.what();
  }
}

bool complains(const std::string& bytes, const std::string& of) {
  return complaint(bytes).find(of) != std::string::npos;
}

}  // namespace

TEST_CASE("safetensors: every dtype, shape and metadata come back", "[tensor]") {
  const test::TemporaryFolder folder;
  const auto path = folder.path / "w.safetensors";
  NamedTensors written;
  for (const auto type :
       {torch::kFloat64, torch::kFloat32, torch::kFloat16, torch::kBFloat16, torch::kInt64,
        torch::kInt32, torch::kInt16, torch::kInt8, torch::kUInt8, torch::kBool})
    written.emplace_back(torch::toString(type), torch::arange(6).reshape({2, 3}).to(type));
  written.emplace_back("scalar", torch::tensor(2.5f));
  written.emplace_back("empty", torch::empty({0, 4}));
  written.emplace_back(
      "strided",
      torch::arange(24.f).reshape({1, 2, 3, 2, 2}).to(torch::MemoryFormat::ChannelsLast3d));
  write_safetensors(path, written, {{"model", "unet"}});
  const auto read = read_safetensors(path);
  REQUIRE(read.size() == written.size());
  for (const auto& [name, tensor] : written) {
    INFO(name);
    CHECK(read.at(name).scalar_type() == tensor.scalar_type());
    CHECK(torch::equal(read.at(name), tensor));
  }
}

TEST_CASE("safetensors: a malformed file is an error that names it", "[tensor]") {
  const std::string one = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  CHECK(complaint(file_of(one, 8)).empty());
  CHECK(complaint(file_of(R"({"__metadata__":{"format":"pt"},)"
                          R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}   )",
                          8))
            .empty());
  CHECK(complains("", "header's length"));
  CHECK(complains("1234567", "header's length"));
  CHECK(complains(file_of(one, 8, ~std::uint64_t{0}), "header's length"));
  CHECK(complains(file_of(one, 8, std::uint64_t{1} << 40), "header's length"));
  CHECK(complains(file_of(one, 8, one.size() + 9), "header's length"));
  CHECK(complains(file_of("{\"a\":", 8), "not JSON"));
  CHECK(complains(file_of(std::string(1 << 20, '['), 8), "not"));
  CHECK(complains(file_of("[1]", 8), "not a map"));
  CHECK(complains(file_of(R"({"a":{"dtype":"F4","shape":[2],"data_offsets":[0,8]}})", 8),
                  "unknown dtype 'F4'"));
  CHECK(complains(file_of(R"({"a":{"dtype":7,"shape":[2],"data_offsets":[0,8]}})", 8),
                  "described wrongly"));
  CHECK(
      complains(file_of(R"({"a":{"dtype":"F32","data_offsets":[0,8]}})", 8), "described wrongly"));
  CHECK(complains(file_of(R"({"a":3})", 8), "described wrongly"));
}

TEST_CASE("safetensors: sizes and offsets that lie are refused", "[tensor]") {
  const auto entry = [](const std::string& shape, const std::string& offsets) {
    return R"({"a":{"dtype":"F32","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
  };
  CHECK(complains(file_of(entry("[2]", "[0,8]"), 7), "offsets outside"));
  CHECK(complains(file_of(entry("[2]", "[8,0]"), 8), "offsets outside"));
  CHECK(complains(file_of(entry("[2]", "[0,8,9]"), 8), "offsets outside"));
  CHECK(complains(file_of(entry("[2]", "[0]"), 8), "described wrongly"));
  CHECK_FALSE(complaint(file_of(entry("[2]", "[-8,0]"), 8)).empty());
  CHECK(complains(file_of(entry("[2]", "[0,18446744073709551615]"), 8), "offsets outside"));
  CHECK(complains(file_of(entry("[3]", "[0,8]"), 8), "where its shape needs 12"));
  CHECK(complains(file_of(entry("[-2,-1]", "[0,8]"), 8), "negative"));
  CHECK(complains(file_of(entry("[1.5]", "[0,8]"), 8), "negative or fractional"));
  CHECK(complains(file_of(entry("[4611686018427387905,4]", "[0,16]"), 16), "too large"));
  CHECK(complains(file_of(entry("[0,9223372036854775807,9223372036854775807]", "[0,0]"), 8),
                  "too large"));
  CHECK(complains(file_of(entry("[9223372036854775807,9223372036854775807,0]", "[0,0]"), 8),
                  "too large"));
  CHECK(complains(file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                          R"("b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
                          12),
                  "'a' and 'b' overlap"));
  CHECK(complains(file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                          R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
                          8),
                  "twice"));
}

TEST_CASE("safetensors: a failed write leaves the older file and nothing else", "[tensor]") {
  const test::TemporaryFolder folder;
  const auto path = folder.path / "w.safetensors";
  write_safetensors(path, {{"a", torch::ones({3})}});
  CHECK_THROWS_AS(write_safetensors(path, {{"a", torch::ones({3}, torch::kComplexFloat)}}), Error);
  CHECK_THROWS_AS(
      write_safetensors(folder.path / "missing" / "w.safetensors", {{"a", torch::ones({3})}}),
      Error);
  CHECK(torch::equal(read_safetensors(path).at("a"), torch::ones({3})));
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);
}

}  // namespace seg
