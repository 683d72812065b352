# The torch engine against libtorch, and its version for NVIDIA GPUs, which has native/core/cuda and native/torch/cuda in it
# as well. All other code is compiled once and is the same in both.
set(SSLMEM_TORCH_ROOT "" CACHE PATH "Folder with torch/include and torch/lib; empty for no torch engine")
set(SSLMEM_NVCC "" CACHE FILEPATH "nvcc of CUDA 13 or newer; empty for nothing with CUDA")
option(SSLMEM_CUDA "build/Release/sslmem_torch.node has the code for NVIDIA GPUs" OFF)
set(SSLMEM_CUDA_ARCHITECTURES "80;90" CACHE STRING "GPUs to compile for: 80 is A100, 90 is H100 and H200")
set(SSLMEM_TORCH_LIB ${SSLMEM_TORCH_ROOT}/torch/lib)

# Our CUDA kernels: plain .cu files without ATen, nvcc called by name, since CMake's own CUDA support wants a whole toolkit.
if(SSLMEM_NVCC)
  get_filename_component(SSLMEM_CUDA_HOME ${SSLMEM_NVCC} REALPATH)
  get_filename_component(SSLMEM_CUDA_HOME ${SSLMEM_CUDA_HOME}/../.. ABSOLUTE)
  set(gencode "")
  foreach(architecture ${SSLMEM_CUDA_ARCHITECTURES})
    list(APPEND gencode -gencode arch=compute_${architecture},code=sm_${architecture})
  endforeach()
  file(GLOB cuda_sources CONFIGURE_DEPENDS native/core/cuda/*.cu)
  file(GLOB cuda_headers CONFIGURE_DEPENDS native/core/*.h native/core/cuda/*.h)
  set(SSLMEM_CUDA_OBJECTS "")
  foreach(source ${cuda_sources})
    get_filename_component(name ${source} NAME_WE)
    set(object ${CMAKE_BINARY_DIR}/cuda/${name}.o)
    # As on the CPU no multiplication is contracted with an addition: the kernels give the bits of their twins.
    add_custom_command(
      OUTPUT ${object} DEPENDS ${source} ${cuda_headers} VERBATIM
      COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/cuda
      COMMAND ${SSLMEM_NVCC} -c ${source} -o ${object} -std=c++17 -O3 -fmad=false ${gencode} -I${CMAKE_SOURCE_DIR}/native
              -I${SSLMEM_CUDA_HOME}/include/cccl -ccbin ${CMAKE_CXX_COMPILER} -Xcompiler -fPIC,-Wall,-Wextra -Werror
              all-warnings)
    list(APPEND SSLMEM_CUDA_OBJECTS ${object})
  endforeach()
  # libtorch's own CUDA runtime, so that there is one only; else the one that belongs to nvcc.
  file(GLOB SSLMEM_CUDART ${SSLMEM_TORCH_ROOT}/nvidia/*/lib/libcudart.so.*)
  if(NOT SSLMEM_CUDART)
    file(GLOB SSLMEM_CUDART ${SSLMEM_CUDA_HOME}/lib/libcudart.so.* ${SSLMEM_CUDA_HOME}/lib64/libcudart.so.*)
  endif()
  if(NOT SSLMEM_CUDART)
    message(FATAL_ERROR "Expected libcudart.so beside PyTorch or in ${SSLMEM_CUDA_HOME}, where nvcc is, but there is none.")
  endif()
  list(GET SSLMEM_CUDART 0 SSLMEM_CUDART)
  # The kernels alone with the core: nothing may be left undefined.
  add_library(sslmem_cuda_kernels SHARED EXCLUDE_FROM_ALL ${SSLMEM_CUDA_OBJECTS})
  set_target_properties(sslmem_cuda_kernels PROPERTIES LINKER_LANGUAGE CXX LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/cuda)
  target_link_libraries(sslmem_cuda_kernels PRIVATE sslmem_core ${SSLMEM_CUDART} -Wl,-z,defs)
endif()

if(NOT SSLMEM_TORCH_ROOT)
  return()
endif()

file(GLOB SSLMEM_TORCH CONFIGURE_DEPENDS native/torch/*.cpp native/torch/binding/*.cpp)
# Chains are the handles of the addon, and requests are read as there.
list(APPEND SSLMEM_TORCH native/addon/arguments.cpp native/addon/view_request.cpp)
file(GLOB SSLMEM_TORCH_CUDA CONFIGURE_DEPENDS native/torch/cuda/*.cpp)
list(FILTER SSLMEM_TORCH EXCLUDE REGEX "/without_cuda.cpp$")
file(GLOB SSLMEM_TORCH_OPENMP ${SSLMEM_TORCH_LIB}/libgomp*)  # libtorch's own, for the same reason

add_library(sslmem_torch_flags INTERFACE)
target_include_directories(sslmem_torch_flags SYSTEM INTERFACE ${CMAKE_JS_INC} ${SSLMEM_TORCH_ROOT}/torch/include)
target_include_directories(sslmem_torch_flags INTERFACE native)
target_compile_definitions(sslmem_torch_flags INTERFACE NAPI_VERSION=9 NAPI_CPP_EXCEPTIONS BUILDING_NODE_EXTENSION)
target_compile_options(sslmem_torch_flags INTERFACE -O3 -Wall -Wextra -Wno-psabi -ffp-contract=off -fopenmp)

add_library(sslmem_torch_parts OBJECT ${SSLMEM_TORCH})
set_target_properties(sslmem_torch_parts PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
target_link_libraries(sslmem_torch_parts PRIVATE sslmem_torch_flags)

function(add_torch_engine target cuda)
  if(cuda)
    add_library(${target} SHARED $<TARGET_OBJECTS:sslmem_torch_parts> ${SSLMEM_TORCH_CUDA} ${SSLMEM_CUDA_OBJECTS} ${CMAKE_JS_SRC})
    target_include_directories(${target} SYSTEM PRIVATE ${SSLMEM_CUDA_HOME}/include)
    # ATen's kernels for CUDA register themselves when libtorch_cuda is loaded, whether we name a symbol of it or not.
    get_filename_component(cudart_folder ${SSLMEM_CUDART} DIRECTORY)
    target_link_libraries(${target} PRIVATE -Wl,--no-as-needed ${SSLMEM_LIBTORCH_CUDA} -Wl,--as-needed
                                            ${SSLMEM_TORCH_LIB}/libc10_cuda.so ${SSLMEM_CUDART})
  else()
    add_library(${target} SHARED $<TARGET_OBJECTS:sslmem_torch_parts> native/torch/without_cuda.cpp ${CMAKE_JS_SRC})
  endif()
  set_target_properties(${target} PROPERTIES OUTPUT_NAME sslmem_torch PREFIX "" SUFFIX ".node" BUILD_WITH_INSTALL_RPATH ON
                                             INSTALL_RPATH "${SSLMEM_TORCH_LIB};${cudart_folder}")
  add_dependencies(${target} sslmem_core)
  target_link_libraries(${target} PRIVATE sslmem_torch_flags $<TARGET_FILE:sslmem_core> ${CMAKE_DL_LIBS} ${SSLMEM_TORCH_LIB}/libtorch_cpu.so
                                          ${SSLMEM_TORCH_LIB}/libc10.so ${SSLMEM_TORCH_OPENMP} ${CMAKE_JS_LIB})
endfunction()

if(SSLMEM_CUDA AND NOT SSLMEM_NVCC)
  message(FATAL_ERROR "Expected SSLMEM_NVCC, the path of nvcc, beside SSLMEM_CUDA.")
endif()
if(SSLMEM_NVCC)
  # Set-up leaves libtorch_cuda's symbols without its code (450 MB) on machines that only compile and link.
  set(SSLMEM_LIBTORCH_CUDA ${SSLMEM_TORCH_LIB}/libtorch_cuda.so)
  if(NOT EXISTS ${SSLMEM_LIBTORCH_CUDA})
    set(SSLMEM_LIBTORCH_CUDA ${SSLMEM_TORCH_LIB}/stubs/libtorch_cuda.so)
  endif()
  add_torch_engine(sslmem_torch_cuda TRUE)
  set_target_properties(sslmem_torch_cuda PROPERTIES EXCLUDE_FROM_ALL ON LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/cuda)
endif()
add_torch_engine(sslmem_torch ${SSLMEM_CUDA})
