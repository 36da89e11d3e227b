//! The `parte` program: hands its arguments to [`parte::cli`].

fn main() -> std::process::ExitCode {
    parte::cli::main()
}
