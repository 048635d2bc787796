# How a library is built that is shipped: against an older system, so that it loads on old and new ones, with its C++
# runtime inside, the same bytes from any folder, and its debug symbols in a file beside it.

set(CONVNET_SYSROOT "" CACHE PATH "An older system to compile against; scripts/make-sysroot.sh makes one")
# .NET 10 asks for this much itself, so a library that asks for no more loads wherever .NET does.
set(CONVNET_GLIBC_LIMIT 2.27 CACHE STRING "The newest version of glibc that a shipped library may ask for")

# Symbols of functions and lines, which are shipped apart, for stack traces and profilers; those of variables and types
# would take a third of the time to compile. And no name of a folder of this machine.
set(portable_compile_options -g1 -ffile-prefix-map=${PROJECT_SOURCE_DIR}=/convnet)
if(CONVNET_SYSROOT)
    list(APPEND portable_compile_options --sysroot=${CONVNET_SYSROOT} -ffile-prefix-map=${CONVNET_SYSROOT}=/sysroot)
    # The C++ library stays the compiler's own, which a sysroot would hide.
    set(portable_cxx_options -nostdinc++)
    foreach(directory IN LISTS CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
        if(directory MATCHES "/c\\+\\+/")
            list(APPEND portable_cxx_options -isystem${directory})
        endif()
    endforeach()
    # A compiler looks beside itself first, so the folders have to be named before.
    set(portable_link_options -pthread --sysroot=${CONVNET_SYSROOT}
        -B${CONVNET_SYSROOT}/unwinder -B${CONVNET_SYSROOT}/usr/lib/${CMAKE_CXX_LIBRARY_ARCHITECTURE})
endif()
# convnet_compile_portably(TARGET [FOLDER=NAME...]): for every target whose objects go into a shipped library; FOLDERs are
# called by their NAMEs in it.
function(convnet_compile_portably target)
    set(options ${portable_compile_options})
    foreach(folder IN LISTS ARGN)
        list(APPEND options -ffile-prefix-map=${folder})
    endforeach()
    # nvcc hands them on to the compiler of the host, and has to be kept from putting its process's number into names.
    set(host_options ${options} ${portable_cxx_options})
    list(JOIN host_options "," host_options)
    target_compile_options(${target} PRIVATE
        "$<$<COMPILE_LANGUAGE:C,CXX>:${options}>"
        "$<$<COMPILE_LANGUAGE:CXX>:${portable_cxx_options}>"
        "$<$<COMPILE_LANGUAGE:CUDA>:--objdir-as-tempdir;-Xcompiler=${host_options}>")
endfunction()

# convnet_link_portably(LIBRARY)
function(convnet_link_portably library)
    if(WIN32)
        # Neither the time nor an address that is made from the name of the folder.
        target_link_options(${library} PRIVATE -static LINKER:--no-insert-timestamp LINKER:--disable-auto-image-base)
    else()
        target_link_options(${library} PRIVATE -static-libstdc++ -static-libgcc
            LINKER:--no-undefined LINKER:-z,relro,-z,now LINKER:--build-id=sha1 ${portable_link_options})
    endif()
    if(CONVNET_SYSROOT)
        target_sources(${library} PRIVATE ${PROJECT_SOURCE_DIR}/native/src/portable/newer_glibc.c)
    endif()
    if(CMAKE_BUILD_TYPE STREQUAL "Release")
        set(file $<TARGET_FILE:${library}>)
        # In a DLL these tools write the time, unless they are told one.
        set(timeless ${CMAKE_COMMAND} -E env SOURCE_DATE_EPOCH=0)
        add_custom_command(TARGET ${library} POST_BUILD
            COMMAND ${timeless} ${CMAKE_OBJCOPY} --only-keep-debug ${file} ${file}.debug
            COMMAND ${timeless} ${CMAKE_STRIP} --strip-unneeded ${file}
            COMMAND ${timeless} ${CMAKE_OBJCOPY} --add-gnu-debuglink=${file}.debug ${file}
            COMMENT "Putting the debug symbols of ${library} into a file of their own" VERBATIM)
    endif()
endfunction()
