# --- CUDA devices: on an emulated one everywhere, and on a real one where there is one ---

# A plug-in that computes on the CPU what a GPU would.
add_library(convnet_cuda_emulated SHARED
    emulation/cuda.cpp
    emulation/cudnn.cpp
    emulation/memory.cpp
    ${PROJECT_SOURCE_DIR}/native/src/plugin/cuda/driver.cpp
    ${PROJECT_SOURCE_DIR}/native/src/plugin/dynamic_library.cpp)
target_include_directories(convnet_cuda_emulated PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/native/src)
target_compile_definitions(convnet_cuda_emulated PRIVATE FAKE_CUDNN="$<TARGET_FILE:fake_cudnn>")
target_link_libraries(convnet_cuda_emulated PRIVATE convnet_cudnn ${CMAKE_DL_LIBS})
add_dependencies(convnet_cuda_emulated fake_cudnn)
convnet_warnings(convnet_cuda_emulated)

# What a user of the C interface is told.
convnet_test_program(cuda_probe support/cuda_probe.c)
target_link_libraries(cuda_probe PRIVATE convnet)

convnet_test_program(convnet_cuda_tests
    devices/cuda_device_test.cpp
    devices/cuda_engine_test.cpp
    testing/cuda_main.cpp)
convnet_test_program(convnet_cuda_parity_tests
    parity/case.cpp parity/case_run.cpp parity/cuda_parity_tests.cpp parity/golden.cpp testing/cuda_main.cpp)
target_compile_definitions(convnet_cuda_parity_tests PRIVATE
    PARITY_CASES="${parity_cases}" PARITY_GOLDEN="${parity_golden}")

convnet_test_program(convnet_cuda_abi_tests abi/cuda_test.cpp)
target_link_libraries(convnet_cuda_abi_tests PRIVATE convnet GTest::gtest)
target_link_libraries(convnet_cuda_tests PRIVATE convnet_core GTest::gtest)
target_link_libraries(convnet_cuda_parity_tests PRIVATE convnet_core convnet_reference GTest::gtest)

# What is declared in the place of cuDNN's header is compared with it where these tests are built.
if(TARGET convnet_cudnn_check)
    add_dependencies(convnet_cuda_tests convnet_cudnn_check)
endif()

set(emulated_environment
    CONVNET_CUDA_PLUGIN=$<TARGET_FILE:convnet_cuda_emulated> CONVNET_CUDNN=$<TARGET_FILE:fake_cudnn>)
foreach(program convnet_cuda_tests convnet_cuda_abi_tests convnet_cuda_parity_tests)
    add_dependencies(${program} convnet_cuda_emulated)
    add_test(NAME ${program}_emulated COMMAND ${program})
    set_tests_properties(${program}_emulated PROPERTIES
        RESOURCE_LOCK ${program}
        ENVIRONMENT "${emulated_environment};${sanitizer_options}")
    if(TARGET convnet_cuda)
        add_dependencies(${program} convnet_cuda)
        add_test(NAME ${program} COMMAND ${program})
        set_tests_properties(${program} PROPERTIES
            SKIP_RETURN_CODE 77
            RESOURCE_LOCK ${program}
            ENVIRONMENT "CONVNET_CUDA_PLUGIN=$<TARGET_FILE:convnet_cuda>")
    endif()
endforeach()
set_tests_properties(convnet_cuda_parity_tests_emulated PROPERTIES FIXTURES_REQUIRED golden)
if(TARGET convnet_cuda)
    set_tests_properties(convnet_cuda_parity_tests PROPERTIES FIXTURES_REQUIRED golden)
endif()

# The arithmetic of the kernels without a device, and what is said where there is none.
convnet_test_program(convnet_plugin_tests
    ${PROJECT_SOURCE_DIR}/native/src/plugin/cuda/driver.cpp
    plugin/absence_test.cpp
    plugin/float16_test.cpp
    plugin/gemm_batches_test.cpp
    plugin/kernels_test.cpp)
target_link_libraries(convnet_plugin_tests PRIVATE convnet_core convnet_reference GTest::gtest_main)
target_compile_definitions(convnet_plugin_tests PRIVATE
    CUDA_PROBE="$<TARGET_FILE:cuda_probe>"
    CUDA_EMULATED="$<TARGET_FILE:convnet_cuda_emulated>"
    FAKE_CUDNN="$<TARGET_FILE:fake_cudnn>"
    FAKE_CUDNN_8="$<TARGET_FILE:fake_cudnn_8>"
    CUDA_NO_PLUGIN="$<TARGET_FILE:convnet>")
if(TARGET convnet_cuda)
    target_compile_definitions(convnet_plugin_tests PRIVATE CUDA_PLUGIN="$<TARGET_FILE:convnet_cuda>")
    add_dependencies(convnet_plugin_tests convnet_cuda)
endif()
add_dependencies(convnet_plugin_tests cuda_probe fake_cudnn_8 convnet_cuda_emulated)
add_test(NAME convnet_plugin_tests COMMAND convnet_plugin_tests)
