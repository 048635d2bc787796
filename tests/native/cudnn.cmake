# --- cuDNN's engine, over a cuDNN of our own ---

add_subdirectory(fake_cudnn)
convnet_test_program(convnet_cudnn_tests
    cudnn/arithmetic_test.cpp
    cudnn/cache_test.cpp
    cudnn/descriptors_test.cpp
    cudnn/execution_test.cpp
    cudnn/fixture.cpp
    cudnn/graph_test.cpp
    cudnn/handles_test.cpp
    cudnn/layers_test.cpp
    cudnn/library_test.cpp
    cudnn/selection_test.cpp
    cudnn/table_test.cpp
    cudnn/tuning_test.cpp)
target_link_libraries(convnet_cudnn_tests PRIVATE convnet_cudnn convnet_core convnet_reference GTest::gtest_main)
target_compile_definitions(convnet_cudnn_tests PRIVATE
    FAKE_CUDNN="$<TARGET_FILE:fake_cudnn>"
    FAKE_CUDNN_8="$<TARGET_FILE:fake_cudnn_8>"
    FAKE_CUDNN_10="$<TARGET_FILE:fake_cudnn_10>"
    FAKE_CUDNN_GRAPHLESS="$<TARGET_FILE:fake_cudnn_graphless>"
    FAKE_CUDNN_INCOMPLETE="$<TARGET_FILE:fake_cudnn_incomplete>"
    CUDA_EMULATED="$<TARGET_FILE:convnet_cuda_emulated>"
    ANOTHER_LIBRARY="$<TARGET_FILE:convnet_wrongabi>"
    CUDNN_TEST_FOLDER="${CMAKE_CURRENT_SOURCE_DIR}/cudnn")
add_dependencies(convnet_cudnn_tests
    fake_cudnn fake_cudnn_8 fake_cudnn_10 fake_cudnn_graphless fake_cudnn_incomplete convnet_cuda_emulated convnet_wrongabi)
add_test(NAME convnet_cudnn_tests COMMAND convnet_cudnn_tests)
