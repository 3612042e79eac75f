#include "inference/compute.h"

#include "models/convolution.h"
#include "support/errors.h"

#include <ATen/Context.h>

#include <cstdlib>

using namespace seg;

namespace {

// What compute_of sets for the whole process is as it was for the tests that follow.
struct DefaultArithmetic {
  ~DefaultArithmetic() { compute_of(config_from({"device=cpu"})); }
};

bool tf32_products() {
  return at::globalContext().float32Precision(at::Float32Backend::CUDA, at::Float32Op::MATMUL) ==
         at::Float32Precision::TF32;
}

}  // namespace

TEST_CASE(
    "float32 is float32 and cuDNN chooses by measuring, unless the configuration says otherwise",
    "[inference]") {
  const DefaultArithmetic back;
  const at::Context& context = at::globalContext();
  const std::string plain = compute_of(config_from({"device=cpu"})).text();
  CHECK(plain.find("tf32") == std::string::npos);
  CHECK(plain.find("deterministic") == std::string::npos);
  CHECK_FALSE(context.allowTF32CuDNN(at::Float32Op::CONV));
  CHECK_FALSE(tf32_products());
  CHECK(context.benchmarkCuDNN());
  CHECK_FALSE(context.deterministicCuDNN());
  CHECK_FALSE(context.deterministicAlgorithms());
  CHECK(compute_of(config_from({"device=cpu", "training.tf32=true"})).text() ==
        plain);  // a GPU's arithmetic
  CHECK(context.allowTF32CuDNN(at::Float32Op::CONV));
  CHECK(tf32_products());
  CHECK(context.benchmarkCuDNN());
}

TEST_CASE("a deterministic run measures nothing, and has cuBLAS' fixed workspace", "[inference]") {
  const DefaultArithmetic back;
  const at::Context& context = at::globalContext();
  const auto workspace = [] { return std::string(std::getenv("CUBLAS_WORKSPACE_CONFIG")); };
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8", 1);
  CHECK(compute_of(config_from({"device=cpu", "training.deterministic=true"}))
            .text()
            .ends_with(", deterministic"));
  CHECK(workspace() == ":16:8");
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":0:0", 1);
  compute_of(config_from({"device=cpu", "training.deterministic=true"}));
  CHECK(workspace() == ":4096:8");
  CHECK_FALSE(context.benchmarkCuDNN());
  CHECK(context.deterministicCuDNN());
  CHECK(context.deterministicAlgorithms());
  CHECK_FALSE(context.deterministicAlgorithmsWarnOnly());
}

TEST_CASE("a batch is placed in the memory format asked for, with one channel too", "[inference]") {
  const auto channels = GENERATE(1, 2);
  const torch::Tensor image = torch::rand({2, channels, 3, 4, 5});
  Compute compute;
  CHECK(to_device(image, compute).suggest_memory_format() == torch::MemoryFormat::Contiguous);
  compute.channels_last = true;
  const torch::Tensor placed = to_device(image, compute);
  CHECK(placed.suggest_memory_format() == torch::MemoryFormat::ChannelsLast3d);
  CHECK(torch::equal(placed, image));
}

TEST_CASE("bfloat16 is float32 on a CPU where Torch is worse at it", "[inference]") {
  const DefaultArithmetic back;
  const auto takes = [](const std::string& precision) {
    return compute_of(config_from({"device=cpu", "training.precision=" + precision})).bfloat16;
  };
  CHECK_FALSE(takes("float32"));
  CHECK(takes("bfloat16") == cpu_convolves_bfloat16());
  if (!cpu_convolves_bfloat16()) CHECK_FALSE(takes("auto"));
}
