//! The `p0` command.

fn main() -> std::process::ExitCode {
    p0::main()
}
