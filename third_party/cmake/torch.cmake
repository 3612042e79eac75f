# LibTorch -> the imported target seg::torch. Looked for in LIBTORCH, then CMAKE_PREFIX_PATH, then
# the wheel that third_party/setup.sh installs. find_package(Torch) is not used: on a CUDA build of
# LibTorch it fails where there is no CUDA toolkit.
file(GLOB wheel ${CMAKE_SOURCE_DIR}/third_party/venv/lib/python3*/site-packages/torch)
find_path(TORCH_ROOT NAMES include/torch/csrc/api/include/torch/torch.h
          HINTS ENV LIBTORCH ${CMAKE_PREFIX_PATH} ${wheel} PATH_SUFFIXES torch NO_DEFAULT_PATH
          DOC "Folder of LibTorch: holds include/ and lib/")
if(NOT TORCH_ROOT)
  message(FATAL_ERROR "LibTorch was not found: run 'make setup', or set the environment variable "
                      "LIBTORCH to a folder that holds LibTorch 2.11.")
endif()

file(STRINGS ${TORCH_ROOT}/include/torch/headeronly/version.h torch_version_lines
     REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH)")
string(REGEX REPLACE "[^0-9]+([0-9]+)[^0-9]+([0-9]+)[^0-9]+([0-9]+).*" "\\1.\\2.\\3"
       TORCH_VERSION "${torch_version_lines}")
if(NOT TORCH_VERSION MATCHES "^2\\.11\\." AND NOT SEG_ANY_TORCH)
  message(FATAL_ERROR "LibTorch in ${TORCH_ROOT} is version '${TORCH_VERSION}'; segtrain is "
                      "written for and tested with 2.11. Install 2.11 (unset LIBTORCH and run "
                      "'make setup'), or try your luck with -DSEG_ANY_TORCH=ON.")
endif()
file(STRINGS ${TORCH_ROOT}/lib/libc10.so torch_cxx11 REGEX "__cxx1112basic_string" LIMIT_COUNT 1)
if(NOT torch_cxx11)
  message(FATAL_ERROR "LibTorch in ${TORCH_ROOT} was built with the old C++ ABI "
                      "(_GLIBCXX_USE_CXX11_ABI=0), which cannot be linked with ITK and yaml-cpp of "
                      "this system: use the PyPI wheel or the 'cxx11 ABI' LibTorch.")
endif()

add_library(seg_torch INTERFACE)
add_library(seg::torch ALIAS seg_torch)
target_include_directories(seg_torch SYSTEM INTERFACE
  ${TORCH_ROOT}/include ${TORCH_ROOT}/include/torch/csrc/api/include)
target_compile_options(seg_torch INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fopenmp>)
# at::parallel_for compiles into calls of OpenMP: GCC's into those of the library of LibTorch,
# Clang's into its own library's, which then serves LibTorch too.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  file(GLOB torch_openmp ${TORCH_ROOT}/lib/libgomp*.so*)
endif()
if(NOT torch_openmp)
  set(torch_openmp -fopenmp)
endif()
target_link_libraries(seg_torch INTERFACE
  ${TORCH_ROOT}/lib/libtorch_cpu.so ${TORCH_ROOT}/lib/libc10.so ${torch_openmp})
message(STATUS "LibTorch ${TORCH_VERSION}: ${TORCH_ROOT}")
