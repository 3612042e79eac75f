# seg_layer(NAME [TENSORS | NETWORKS] [DEPS layer ...] [LINK library ...]): the static library
# seg_NAME of the sources in this folder. A layer may include and link only the layers it names.
# With TENSORS its files share a precompiled <torch/types.h>, with NETWORKS a precompiled
# <torch/torch.h>, which takes three times as long to load.
# seg_tests(FOLDER [NETWORKS] DEPS layer ...): the object library tests_FOLDER, and, to build by
# hand, a program segtests_FOLDER of that folder alone.
# seg_kernels(LAYER KERNEL): compiles KERNEL.inc of this folder once per instruction set, each time
# with SEG_SET, a namespace of that set's name, defined; core/processor.h tells which of them may
# run. seg_kernel_flags(portable | avx2 | avx512 | amx FILE ...): for a file of one set alone.

add_library(seg_flags INTERFACE)
target_compile_options(seg_flags INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra $<$<BOOL:${SEG_WERROR}>:-Werror>
    $<$<BOOL:${SEG_MARCH}>:-march=${SEG_MARCH}>>)
# Torch ships fmt 12, the system's spdlog another; each file uses the one it sees.
target_compile_definitions(seg_flags INTERFACE FMT_HEADER_ONLY)
target_include_directories(seg_flags INTERFACE ${CMAKE_SOURCE_DIR}/lib ${CMAKE_SOURCE_DIR})

# seg_precompiled(NAME header ...): a library that carries the precompiled headers which others take
# from it.
function(seg_precompiled name)
  set(source ${CMAKE_BINARY_DIR}/${name}.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "// Carries precompiled headers.\n")
  add_library(${name} STATIC ${source})
  target_link_libraries(${name} PUBLIC seg_flags seg::torch)
  list(TRANSFORM ARGN REPLACE "(.+)" "$<$<COMPILE_LANGUAGE:CXX>:<\\1$<ANGLE-R>>")
  target_precompile_headers(${name} PRIVATE ${ARGN})
endfunction()

function(seg_reuse target networks otherwise)
  if(networks)
    set(otherwise seg_pch_networks)
  endif()
  target_precompile_headers(${target} REUSE_FROM ${otherwise})
endfunction()

seg_precompiled(seg_pch_tensors torch/types.h)
seg_precompiled(seg_pch_networks torch/torch.h)
if(SEG_TESTS)
  seg_precompiled(seg_pch_tests torch/cuda.h torch/utils.h ${SEG_CATCH_HEADER} nlohmann/json.hpp)
  target_link_libraries(seg_pch_tests PRIVATE Catch2::Catch2 nlohmann_json::nlohmann_json)
endif()

# With SEG_UNITY a few files of the target are compiled as one: most of a file's time goes into what
# it includes. Anonymous namespaces then meet, so a name stands for one thing in a folder. Tests
# that include a kernel's .cu file stay by themselves.
function(seg_unite target)
  if(NOT SEG_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 6)
  # GCC takes an anonymous namespace for another file's where the file was included.
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-subobject-linkage>)
  get_target_property(sources ${target} SOURCES)
  foreach(source ${sources})
    file(STRINGS ${source} kernels REGEX "^#include .*[.]cu\"")
    if(kernels)
      set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endforeach()
endfunction()

function(seg_layer name)
  cmake_parse_arguments(arg "TENSORS;NETWORKS" "" "DEPS;LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  if(SEG_HAS_CUDA)
    file(GLOB cuda_sources CONFIGURE_DEPENDS *.cu)
    list(APPEND sources ${cuda_sources})
  endif()
  if(NOT sources)
    add_library(seg_${name} INTERFACE)
    return()
  endif()
  add_library(seg_${name} STATIC ${sources})
  seg_unite(seg_${name})
  list(TRANSFORM arg_DEPS PREPEND seg_)
  target_link_libraries(seg_${name} PUBLIC seg_flags ${arg_DEPS} ${arg_LINK} Threads::Threads)
  if(arg_TENSORS OR arg_NETWORKS)
    target_link_libraries(seg_${name} PUBLIC seg::torch)
    seg_reuse(seg_${name} ${arg_NETWORKS} seg_pch_tensors)
  endif()
endfunction()

function(seg_kernels layer kernel)
  file(RELATIVE_PATH source ${CMAKE_SOURCE_DIR}/lib ${CMAKE_CURRENT_SOURCE_DIR}/${kernel}.inc)
  foreach(set portable avx2 avx512)
    set(file ${CMAKE_CURRENT_BINARY_DIR}/${kernel}_${set}.cpp)
    file(CONFIGURE OUTPUT ${file} CONTENT "#define SEG_SET ${set}\n#include \"${source}\"\n")
    target_sources(seg_${layer} PRIVATE ${file})
    seg_kernel_flags(${set} ${file})
  endforeach()
endfunction()

function(seg_kernel_flags instructions)
  set(flags -O3 -fno-math-errno -fno-trapping-math -ffp-contract=fast -fno-strict-aliasing
      -Wno-psabi -Wno-ignored-attributes)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    set(for_avx2 -mavx2 -mfma -mf16c)
    set(for_avx512 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma -mf16c
        -mprefer-vector-width=512)
    set(for_amx ${for_avx512} -mavx512bf16 -mamx-tile -mamx-bf16)
    list(APPEND flags ${for_${instructions}})
    # GCC's frames for use after return are not aligned for vectors of 64 bytes (GCC bug 110027).
    if(SEG_SANITIZE MATCHES address AND CMAKE_CXX_COMPILER_ID STREQUAL GNU
       AND instructions MATCHES "avx512|amx")
      list(APPEND flags --param=asan-use-after-return=0)
    endif()
  endif()
  set_source_files_properties(${ARGN} PROPERTIES
    COMPILE_OPTIONS "${flags}" SKIP_PRECOMPILE_HEADERS ON)
endfunction()

function(seg_tests folder)
  cmake_parse_arguments(arg "NETWORKS" "" "DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_library(tests_${folder} OBJECT ${sources})
  seg_unite(tests_${folder})
  list(TRANSFORM arg_DEPS PREPEND seg_)
  target_link_libraries(tests_${folder} PUBLIC
    seg_flags seg::torch Catch2::Catch2 nlohmann_json::nlohmann_json ${arg_DEPS})
  target_include_directories(tests_${folder} PUBLIC ${CMAKE_SOURCE_DIR}/tests)
  seg_reuse(tests_${folder} ${arg_NETWORKS} seg_pch_tests)
  set_property(GLOBAL APPEND PROPERTY seg_test_folders ${folder})
  add_executable(segtests_${folder} EXCLUDE_FROM_ALL ${seg_tests_support})
  target_link_libraries(segtests_${folder} PRIVATE tests_${folder})
endfunction()
