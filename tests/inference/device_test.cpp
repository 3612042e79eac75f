#include "inference/device.h"

#include "core/files.h"
#include "support/errors.h"

#include <torch/torch.h>

namespace seg {

TEST_CASE("a build without CUDA says so where there is a GPU, and only there", "[inference]") {
  const test::TemporaryFolder folder;
  const auto gpu = folder.path / "nvidia0";
  CHECK(idle_gpu_warning({false, gpu}).empty());
  write_file(gpu, "");
  CHECK(idle_gpu_warning({true, gpu}).empty());
  const std::string warning = idle_gpu_warning({false, gpu});
  CHECK(warning.find(gpu.string()) != std::string::npos);
  CHECK(warning.find("built without CUDA") != std::string::npos);
  CHECK(warning.find("make build CUDA=1") != std::string::npos);
}

TEST_CASE("a GPU that is asked for of a build without CUDA is refused by the build's name",
          "[inference]") {
  const Machine machine{false, "/dev/null"};
  for (const char* text : {"cuda", "cuda:0"}) {
    const std::string error = test::error_of([&] { device_of(text, machine); }, ErrorKind::failure);
    CHECK(error.find("device is '" + std::string(text) + "'") != std::string::npos);
    CHECK(error.find("this segtrain was built without CUDA (make build CUDA=1)") !=
          std::string::npos);
  }
  CHECK(device_of("auto", machine).is_cpu());
  CHECK(device_of("cpu", machine).is_cpu());
}

TEST_CASE("a malformed device is an error of the configuration", "[inference]") {
  for (const char* text : {"gpu", "cuda:", "cuda:x", "cuda:12345", ""})
    CHECK(test::error_of([&] { device_of(text); }, ErrorKind::config) ==
          "device must be auto, cpu, cuda or cuda:INDEX, not '" + std::string(text) + "'");
}

TEST_CASE("a GPU that is not there is refused, with what to do", "[inference]") {
  if (torch::cuda::is_available()) {
    const auto count = std::to_string(torch::cuda::device_count());
    const std::string error =
        test::error_of([&] { device_of("cuda:" + count); }, ErrorKind::failure);
    CHECK(error.find("there are " + count + " GPUs here") != std::string::npos);
    return;
  }
  const std::string error =
      test::error_of([] { device_of("cuda", {.built_with_cuda = true}); }, ErrorKind::failure);
  CHECK(error.find("no usable GPU here; check nvidia-smi") != std::string::npos);
}

}  // namespace seg
