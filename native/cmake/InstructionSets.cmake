# convnet_add_kernels(TARGET SOURCES...): compiles the sources once for each instruction set of the processor's family
# and adds the objects to TARGET. Each copy gets CONVNET_ISA (its namespace), CONVNET_VECTOR_BYTES and
# CONVNET_TILE_ROWS, which is how many rows of three vectors fit the registers beside the operands.
function(convnet_add_kernels target)
    set(sources ${ARGN})
    set(baseline_rows 4)
    if(CONVNET_RID MATCHES "-x64$")
        convnet_add_instruction_set(${target} "${sources}" avx512 64 8
            -mavx512f -mavx512dq -mavx512bw -mavx512vl -mfma -mprefer-vector-width=512)
        convnet_add_instruction_set(${target} "${sources}" avx2 32 4 -mavx2 -mfma)
    elseif(CONVNET_RID MATCHES "-arm64$")
        set(baseline_rows 8)
    endif()
    convnet_add_instruction_set(${target} "${sources}" baseline 16 ${baseline_rows})
endfunction()

function(convnet_add_instruction_set target sources isa vector_bytes tile_rows)
    set(objects ${target}_${isa})
    add_library(${objects} OBJECT ${sources})
    target_include_directories(${objects} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/src)
    target_compile_definitions(${objects} PRIVATE
        CONVNET_ISA=${isa} CONVNET_VECTOR_BYTES=${vector_bytes} CONVNET_TILE_ROWS=${tile_rows})
    # Products and sums fuse where the instruction set can; tiles stay in registers at -O3 only.
    target_compile_options(${objects} PRIVATE -O3 -ffp-contract=fast ${ARGN})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # Half of the time that GCC takes for the tiles goes to this, and they are no faster for it.
        target_compile_options(${objects} PRIVATE -fno-thread-jumps)
    endif()
    if(WIN32 AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # On Windows GCC aligns the stack to 16 bytes only, whatever it puts there; no vector may count on more.
        target_compile_options(${objects} PRIVATE -Wa,-muse-unaligned-vector-move)
    endif()
    convnet_warnings(${objects})
    convnet_compile_portably(${objects})
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${objects}>)
endfunction()
