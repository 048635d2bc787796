# The tests again, with the kernels of every instruction set but the newest, which the tests have run with already.

set(older_instruction_sets)
if(CONVNET_RID MATCHES "-x64$")
    set(older_instruction_sets avx2 baseline)
endif()
foreach(isa IN LISTS older_instruction_sets)
    foreach(program convnet_tests convnet_parity_tests)
        add_test(NAME ${program}_${isa} COMMAND ${program})
        # The programs return 77 when the processor does not have what they are asked for.
        set_tests_properties(${program}_${isa} PROPERTIES
            ENVIRONMENT "CONVNET_CPU_ISA=${isa};${sanitizer_options}" SKIP_RETURN_CODE 77)
    endforeach()
    if(NOT CMAKE_CROSSCOMPILING)
        # Without what measures time, others may run beside it.
        set_tests_properties(convnet_tests_${isa} PROPERTIES RESOURCE_LOCK convnet_tests
            ENVIRONMENT "CONVNET_CPU_ISA=${isa};GTEST_FILTER=-SleepingThreads.*;${sanitizer_options}")
    endif()
    set_tests_properties(convnet_parity_tests_${isa} PROPERTIES
        FIXTURES_REQUIRED golden RESOURCE_LOCK convnet_parity_tests)
endforeach()

# Sanitizers add to the objects what is looked for here, and do not run in the emulator.
if(CMAKE_CXX_FLAGS MATCHES "-fsanitize")
    return()
endif()

foreach(isa avx512 avx2)
    if(TARGET convnet_core_${isa})
        add_test(NAME kernel_symbols_${isa} COMMAND ${CMAKE_COMMAND}
            -DNM=${CMAKE_NM} -DISA=${isa} "-DOBJECTS=$<JOIN:$<TARGET_OBJECTS:convnet_core_${isa}>,,>"
            -P ${CMAKE_CURRENT_SOURCE_DIR}/devices/kernel_symbols.cmake)
    endif()
endforeach()

# On an emulated processor of 2008, which ends a program at the first instruction that is newer: SSE4.2 and no AVX.
# What takes long there, measures time, or starts itself outside of the emulator is left out.
find_program(CONVNET_QEMU_X64 qemu-x86_64)
if(CONVNET_RID STREQUAL "linux-x64" AND CONVNET_QEMU_X64)
    set(old_processor ${CONVNET_QEMU_X64} -cpu Nehalem)
    add_test(NAME convnet_tests_old_processor
        COMMAND ${old_processor} $<TARGET_FILE:convnet_tests> --gtest_filter=InstructionSet.*:Gemm*:*Weights*:*Choice*)
    add_test(NAME convnet_parity_tests_old_processor
        COMMAND ${old_processor} $<TARGET_FILE:convnet_parity_tests> --gtest_filter=*reference*_on_auto)
    add_test(NAME convnet_abi_tests_old_processor
        COMMAND ${old_processor} $<TARGET_FILE:convnet_abi_tests> --gtest_filter=-*Stress*)
    set_tests_properties(convnet_tests_old_processor PROPERTIES RESOURCE_LOCK convnet_tests)
    set_tests_properties(convnet_parity_tests_old_processor PROPERTIES
        FIXTURES_REQUIRED golden RESOURCE_LOCK convnet_parity_tests ENVIRONMENT "CONVNET_CPU_ISA=baseline")
elseif(CONVNET_RID STREQUAL "linux-x64")
    message(STATUS "without qemu-x86_64 nothing is tested on an old processor")
endif()
